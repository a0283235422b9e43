#pragma once

#include <optional>
#include <string>
#include <vector>

#include "helm/image_scan.hpp"
#include "images/candidate.hpp"

namespace bundle::helm {

/// Turns candidates into images: `ignore` switches off, `rename` replaces what is only a stem, and what
/// remains is normalised. A word in a text that some other candidate gave as well is dropped. A rename that
/// needs the node's OS is undecided without `target`.
std::vector<FoundImage> decide(const images::Candidates& candidates, const spec::ImageRules& rules,
                               const std::optional<spec::Target>& target);

/// Whether a rule's place names any candidate; `exact` as in matches_path.
bool names_any(const spec::Place& place, const images::Candidates& candidates, bool exact);

}  // namespace bundle::helm
