#pragma once

#include <functional>
#include <string>
#include <vector>

#include "deliver/bundle_images.hpp"
#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "host/host.hpp"

namespace bundle::deliver {

/// Has containerd pull images, some at a time, from a registry on loopback that answers out of the parts and
/// is there no longer than this takes. Each is pulled by its digest, gets its other names, and is pinned;
/// then `finished` is called with it (from another thread than the caller's, one at a time). Begins none
/// after the first failure; those that were on their way are finished if they can be. Throws Error(integrity)
/// that names the blob which is not as the index says, what fail_ctr throws, Error(interrupted).
void pull_all(host::Host& host, const format::VerifiedIndex& bundle, const format::PartSet& parts,
              const std::vector<const BundleImage*>& images,
              const std::function<void(const BundleImage&)>& finished);

/// The words of `ctr` that pull, up to the image's name.
std::vector<std::string> pull_words(bool can_skip_metadata);

/// Keeps the kubelet from removing the image when disks fill up: there is nowhere to fetch it from again.
void pin_image(const host::Host& host, const std::string& name);

}  // namespace bundle::deliver
