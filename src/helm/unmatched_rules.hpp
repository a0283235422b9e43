#pragma once

#include <set>
#include <string>
#include <vector>

#include "helm/image_scan.hpp"
#include "spec/versions.hpp"

namespace bundle::helm {

/// The `ignore` and `rename` of versions.yml that name no place of any chart or manifest, in words, with the
/// nearest path that was found. `used`: positions of those that do (ScanResult::used_rules); `found`: with
/// places as ImageClosure has them.
std::vector<std::string> unmatched_rules(const spec::Versions& versions, const std::set<std::string>& used,
                                         const std::vector<FoundImage>& found);

}  // namespace bundle::helm
