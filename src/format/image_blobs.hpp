#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "format/parts.hpp"
#include "spec/component.hpp"

namespace bundle::format {

/// The blobs (hex digest to compressed size) of the images that a node with these roles imports, each once;
/// from the images' own manifests. Throws Error(integrity) when one is malformed or not what the index says.
std::map<std::string, std::uint64_t> image_blobs(const Index& index, const PartSet& parts,
                                                 const spec::Roles& roles);

/// The same for the one image whose index or manifest has this digest (`sha256:…`).
std::map<std::string, std::uint64_t> blobs_of_image(const Index& index, const PartSet& parts,
                                                    const std::string& digest);

/// Whether anything of that image is to be unpacked: one without a single layer has nothing on disk.
bool has_layers(const Index& index, const PartSet& parts, const std::string& digest);

/// The configurations of that image (unparsed), one for each platform that the bundle has; none over 4 MiB.
std::vector<std::string> configs_of_image(const Index& index, const PartSet& parts,
                                          const std::string& digest);

}  // namespace bundle::format
