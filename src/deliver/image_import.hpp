#pragma once

#include <functional>
#include <string>
#include <vector>

#include "deliver/image_stream.hpp"
#include "format/parts.hpp"
#include "host/host.hpp"

namespace bundle::deliver {

/// Imports images into containerd: each in one stream to `ctr images import -` with the blobs that containerd
/// lacks, while the one before is unpacked; then its names are pinned and `finished` is called with it (from
/// another thread than the caller's, one at a time). Stops at the first failure; what was imported wholly
/// until then is finished. Throws Error(integrity) for a bad blob before anything of its image is used, what
/// fail_ctr throws, Error(interrupted).
void import_all(host::Host& host, const format::PartSet& parts, const std::vector<const BundleImage*>& images,
                const std::function<void(const BundleImage&)>& finished);

/// Keeps the kubelet from removing the image when disks fill up: there is nowhere to fetch it from again.
void pin_image(const host::Host& host, const std::string& name);

}  // namespace bundle::deliver
