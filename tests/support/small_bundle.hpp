#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "format/index.hpp"
#include "format/layout.hpp"
#include "signing/key.hpp"

namespace bundle::test {

/// A small signed bundle on disk, made with the same functions that the real writer uses.
struct SmallBundle {
  std::filesystem::path folder;
  format::Index index;
};

struct SmallBundleOptions {
  std::string name = "small";
  std::string version = "2026.11.0";
  std::string target = "rhel-8.10";
  std::map<std::string, std::string> contents;  ///< path -> bytes; SHA256SUMS is added
  std::uint64_t part_size_bytes = format::kMinPartSize;
  bool has_part_digests = true;  ///< false: as bundles were before the index had them
  /// Fills the lists of the index, whose entries are there by then; empty: those that default_options goes
  /// with.
  std::function<void(format::Index&)> add_lists;
};

/// Bytes that compress badly and differ for each seed.
std::string noise(std::size_t size, unsigned seed);

/// Four entries, one of them larger than a part, with an image, an RPM, a chart, a file and a manifest.
SmallBundleOptions default_options();

/// An index for these contents, without reading or writing anything.
format::Index make_index(const SmallBundleOptions& options, const std::string& installer);

/// Writes it below `parent` and signs index and installer with each key.
SmallBundle make_bundle(const std::filesystem::path& parent, const SmallBundleOptions& options,
                        const std::vector<signing::PrivateKey>& keys);

}  // namespace bundle::test
