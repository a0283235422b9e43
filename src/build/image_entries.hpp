#pragma once

#include <string>
#include <vector>

#include "build/source.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// The OCI image layout of all images of a lock: `oci-layout`, `index.json` and each blob once. An image's
/// original index is kept although the blobs of its other platforms are absent, so that digest references
/// hold. Source: OCI image-spec image-layout.md.
std::vector<PlannedEntry> image_entries(const spec::Lock& lock);

/// `index.json`: a descriptor per name, with the name in `org.opencontainers.image.ref.name` (skopeo, OCI
/// tools) and `io.containerd.image.name` (ctr). A reference with a digest is also named by repository and
/// digest alone, and, when it has a tag, by repository and tag: the kubelet may ask for any of these.
/// What has a media type of Docker's comes as an OCI index first, since skopeo passes over other types in a
/// layout: a list with its own bytes, a single manifest in an index made here. containerd knows that one by
/// its digest only. Source: https://github.com/containers/skopeo/issues/1975
std::string oci_index(const spec::Lock& lock);

}  // namespace bundle::build
