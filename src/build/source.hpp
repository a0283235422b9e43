#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

#include "base/relpath.hpp"
#include "spec/component.hpp"
#include "spec/digest.hpp"
#include "spec/reference.hpp"

namespace bundle::build {

/// Bytes in a local file that was verified when it was fetched (the cache, the staged RPM repositories).
struct FromFile {
  std::filesystem::path path;
};
/// Bytes that this program made.
struct FromMemory {
  std::string bytes;
};
/// A blob of an image, in the repository of `reference`.
struct FromRegistry {
  spec::Reference reference;
  bool is_document = false;  ///< index or manifest: asked for as such, not as a blob
};
/// A file of an upstream.
struct FromUrl {
  std::string url;
};

using Source = std::variant<FromFile, FromMemory, FromRegistry, FromUrl>;

/// One entry of the bundle and where its bytes come from.
struct PlannedEntry {
  RelPath path;
  unsigned mode = 0644;
  std::uint64_t size_bytes = 0;
  std::string sha256;
  spec::Roles roles;  ///< who needs it; keeps the parts of a role together
  Source source;
};

}  // namespace bundle::build
