#pragma once

#include <string>
#include <vector>

#include "rpm/solv.hpp"

namespace bundle::rpm {

/// The packages that one wanted text brought in.
struct Root {
  std::string wanted;
  std::vector<Id> packages;
};

/// Tells for each of `installed` the shortest chain of requirements up to a root: `REQUIREMENT of NEVRA`, …,
/// and last the wanted text. Recommendations and supplements count as requirements. A package that nobody
/// asks for (an upgrade that another package's conflict or exact version forces) has the chain `goes with the
/// rest`.
std::vector<std::vector<std::string>> chains(Pool* pool, const std::vector<Id>& installed,
                                             const std::vector<Root>& roots);

}  // namespace bundle::rpm
