#include "install/rendered_images.hpp"

#include "base/yaml.hpp"
#include "spec/reference.hpp"

namespace bundle::install {
namespace {

void walk(const yaml::Node& node, std::set<std::string>& images) {
  for (const yaml::Node& item : node.items) {
    walk(item, images);
  }
  for (const yaml::Member& member : node.members) {
    const bool is_list =
        member.key == "containers" || member.key == "initContainers" || member.key == "ephemeralContainers";
    if (is_list && member.value.is_sequence()) {
      for (const yaml::Node& container : member.value.items) {
        const yaml::Node* image = container.find("image");
        if (image != nullptr && image->is_scalar() && !image->text.empty()) {
          images.insert(spec::reference(image->text).str());
        }
      }
    }
    walk(member.value, images);
  }
}

}  // namespace

std::set<std::string> pod_images(std::string_view manifests, const std::string& name) {
  std::set<std::string> images;
  for (const yaml::Node& document :
       yaml::parse_all(manifests, name, ErrorKind::spec, yaml::DuplicateKeys::last_wins)) {
    walk(document, images);
  }
  return images;
}

}  // namespace bundle::install
