#include "serve/catalogue.hpp"

#include "spec/reference.hpp"

namespace bundle::serve {

Catalogue::Catalogue(const format::Index& index) {
  for (const format::Image& image : index.images) {
    const spec::Reference reference = spec::reference(image.ref);
    Tags& tags = repositories_[reference.name()];
    if (reference.tag.empty()) {
      continue;
    }
    // A tag beside a digest is a word for people: the tag alone says what it stands for.
    if (reference.digest) {
      tags.emplace(reference.tag, image.digest);
    } else {
      tags[reference.tag] = image.digest;
    }
  }
}

const Catalogue::Tags* Catalogue::find(const std::string& name, std::string_view mirror_of) const {
  if (!mirror_of.empty()) {
    const auto found = repositories_.find(std::string(mirror_of) + "/" + name);
    if (found != repositories_.end()) {
      return &found->second;
    }
  }
  const auto found = repositories_.find(name);
  return found == repositories_.end() ? nullptr : &found->second;
}

}  // namespace bundle::serve
