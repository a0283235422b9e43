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
std::string oci_index(const spec::Lock& lock);

}  // namespace bundle::build
