#include "deliver/image_names.hpp"

#include <map>

#include "spec/reference.hpp"

namespace bundle::deliver {

std::vector<ImageName> image_names(const format::Index& index, const spec::Roles& roles) {
  // A row that has the name itself comes before derived ones: of `a:1` and `a:1@sha256:…` with another digest
  // the first says what `a:1` is.
  std::map<std::string, std::string> digest_by_name;
  for (const format::Image& image : index.images) {
    if (format::is_for(image.roles, roles) && !spec::reference(image.ref).digest) {
      digest_by_name.emplace(image.ref, image.digest);
    }
  }
  for (const format::Image& image : index.images) {
    if (format::is_for(image.roles, roles)) {
      const spec::Reference reference = spec::reference(image.ref);
      digest_by_name.emplace(reference.name() + "@" + image.digest, image.digest);
      if (!reference.tag.empty()) {
        digest_by_name.emplace(reference.name() + ":" + reference.tag, image.digest);
      }
    }
  }
  std::vector<ImageName> names;
  for (const auto& [name, digest] : digest_by_name) {
    names.push_back({.name = name, .digest = digest});
  }
  return names;
}

}  // namespace bundle::deliver
