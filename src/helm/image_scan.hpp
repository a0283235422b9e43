#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "spec/component.hpp"
#include "spec/image_rules.hpp"
#include "spec/target.hpp"

namespace bundle::helm {

enum class ImageState { required, off, undecided };
std::string to_string(ImageState state);

/// One image at one place, and why.
struct FoundImage {
  std::string image;  ///< as the runtime resolves it; as written (maybe empty) when undecided
  std::string klass;  ///< podspec, cr-field, env, arg, configmap, annotation, compiled-in, list
  std::string place;  ///< `Deployment/rel-x spec.template.spec.containers[0].image`
  std::string reason;
  ImageState state = ImageState::required;
  std::string rule_path = {};  ///< of the place, as a rule of the catalogue writes it
  bool operator==(const FoundImage&) const = default;
};

struct ChartInput {
  std::filesystem::path chart;  ///< .tgz or folder
  std::vector<std::filesystem::path> values;
  std::string release = "rel";
  std::string namespace_ = "ns";
  bool skip_schema = false;  ///< as RenderRequest has it
  spec::ImageRules rules;    ///< for this chart only (versions.yml)
};

struct ScanRequest {
  std::vector<ChartInput> charts;
  std::vector<std::filesystem::path> manifests;
  std::string kube_version;  ///< required for charts
  std::optional<spec::Target> target;
  std::filesystem::path helm = "helm";
  std::vector<spec::Component>
      catalogue;                 ///< all of it: its rename and ignore hold wherever kind and path occur
  spec::ImageRules extra_rules;  ///< of versions.yml, for everything
  std::vector<std::string> api_versions;  ///< of CRDs that other components of the bundle bring along
};

struct ScanResult {
  std::vector<FoundImage> images;         ///< sorted, one per image and place
  std::vector<std::string> undecided;     ///< words for stderr, each with what to write where; sorted
  std::vector<std::string> api_versions;  ///< of the CRDs found here, for the other components
  std::set<std::string> used_rules;       ///< positions of the `rename` and `ignore` whose place is here
};

/// The image closure of charts and manifests: rendered with and without the API versions of the CRDs (the
/// union counts), walked, and decided with the catalogue's rules. Undecided is: what looks like an image and
/// is not certain, a name that needs `target`, an operator whose tag differs from the one that the
/// catalogue's rows were read at, and an operator about whose compiled-in images nobody has said anything.
/// Throws Error(unresolvable) when a chart does not render, Error(integrity) for a malformed one.
ScanResult scan(const ScanRequest& request, CommandRunner& runner);

}  // namespace bundle::helm
