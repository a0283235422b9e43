#pragma once

#include <string>

#include "build/world.hpp"
#include "openpgp/keyring.hpp"
#include "spec/repository.hpp"

namespace bundle::build {

/// The file of at most 1 MiB that a vendor publishes a key in, with this SHA-256 where a lock has it.
store::Fetched fetch_key(const spec::GpgKey& key, const std::string& sha256, World& world);
/// The same, read.
openpgp::KeyFile read_key(const spec::GpgKey& key, const std::string& sha256, World& world);

}  // namespace bundle::build
