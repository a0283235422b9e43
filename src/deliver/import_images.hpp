#pragma once

#include <memory>

#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "spec/component.hpp"
#include "steps/action.hpp"

namespace bundle::deliver {

/// Has containerd pull the images of the roles out of the parts into its namespace k8s.io, labels them as
/// pinned, and proves each name present with its digest and unpacked. Marks `{digest, on-disk}`: whether the
/// files of an unpacked image are synced; the last mark of a digest counts. `bundle` and `parts` must outlive
/// it.
std::unique_ptr<steps::Action> import_images(const format::VerifiedIndex& bundle,
                                             const format::PartSet& parts, const spec::Roles& roles);

/// Change type "images".
void undo_images(host::Host& host, const steps::Change& change);

}  // namespace bundle::deliver
