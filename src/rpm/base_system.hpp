#pragma once

#include <string>
#include <vector>

#include "rpm/closure.hpp"
#include "rpm/solv.hpp"

namespace bundle::rpm {

/// The names in a list of BaseKind::names.
std::vector<std::string> read_names(const Base& base);

/// Adds packages as a list gives them (`add_base`).
void add_packages(Repo* system, std::vector<spec::Nevra> packages, std::vector<std::string>& notes);

/// Fills `system`, an empty repository of the pool, with the packages of `base`, and returns the module
/// streams enabled there. A NEVRA list takes dependencies and files from the same package in the other
/// repositories of the pool, else from another build of that name, else has the bare name; `notes` tells the
/// latter two. Throws Error(usage) or Error(spec) when the description cannot be read.
std::vector<std::string> add_base(Repo* system, const Base& base, std::vector<std::string>& notes);

}  // namespace bundle::rpm
