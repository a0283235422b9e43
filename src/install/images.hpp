#pragma once

#include <memory>

#include "bundle/parts.hpp"
#include "bundle/verified_index.hpp"
#include "install/change.hpp"
#include "install/journal.hpp"
#include "install/node.hpp"

namespace bundle::install {

/// Id of the step that imports images, under which they are marked in the journal.
constexpr std::string_view kImagesStep = "images";

/// The names under which containerd must know an image of the bundle: the reference as the kubelet asks for
/// it (repository:tag) and repository@digest.
struct ImageName {
  std::string name;
  std::string digest;
};
std::vector<ImageName> image_names(const format::Index& index, const spec::Roles& roles);

/// Imports the images of the roles into containerd's namespace k8s.io, labels them as pinned, and proves each
/// name present with its digest and unpacked. Marks in the journal `{digest, on-disk}`: whether the files of
/// an unpacked image are synced; the last mark of a digest counts. `bundle`, `parts` and `journal` must
/// outlive it.
std::unique_ptr<Action> import_images(const format::VerifiedIndex& bundle, const format::PartSet& parts,
                                      Journal& journal, const spec::Roles& roles);

/// Change type "images".
void undo_images(Host& host, const Change& change);

}  // namespace bundle::install
