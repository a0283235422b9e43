#pragma once

#include <optional>
#include <string>
#include <vector>

#include "helm/chart.hpp"
#include "helm/image_scan.hpp"
#include "images/objects.hpp"

namespace bundle::helm {

/// A chart as rendered (without, and where it differs with, the API versions of the CRDs), or all manifests.
struct Release {
  std::optional<Chart> chart;  ///< none for manifests
  spec::ImageRules rules;
  std::string title;
  std::string rendered;
  std::vector<std::vector<images::Object>> objects;
};

/// Appends the images that operators have compiled in: rows of `add` whose operator image is among the
/// required ones of `images`. Returns words for each operator of which nobody has said anything, or whose tag
/// is not the one that the rows were read at.
std::vector<std::string> add_compiled_in(const std::vector<Release>& releases, const ScanRequest& request,
                                         std::vector<FoundImage>& images);

}  // namespace bundle::helm
