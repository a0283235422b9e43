#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bundle/parts.hpp"
#include "spec/component.hpp"

namespace bundle::install {

/// The blobs (hex digest to compressed size) of the images that a node with these roles imports, each once;
/// from the images' own manifests. Throws Error(integrity) when one is malformed or not what the index says.
std::map<std::string, std::uint64_t> image_blobs(const format::Index& index, const format::PartSet& parts,
                                                 const spec::Roles& roles);

}  // namespace bundle::install
