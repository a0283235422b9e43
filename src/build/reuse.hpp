#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "build/region.hpp"
#include "store/fetcher.hpp"

namespace bundle::build {

/// What earlier bundles hold, by digest. Nothing in them is trusted: whoever copies from here hashes the
/// bytes. Safe from several threads.
class ReuseIndex final : public store::NearContent {
 public:
  /// Reads the index of each folder. Throws Error(usage) or Error(integrity) for a folder that is no bundle;
  /// parts that are not there are only warned about.
  ReuseIndex(const std::vector<std::filesystem::path>& folders, Log& log);

  std::optional<std::uint64_t> size_bytes(const std::string& sha256) const override;
  /// False as well, with a warning, where the medium cannot be read.
  bool read(const std::string& sha256, const net::BodySink& sink) const override;

 private:
  struct Bundle {
    format::Index index;
    std::vector<PartFile> parts;
  };
  struct Place {
    const Bundle* bundle;
    const format::Entry* entry;
  };
  void add(const std::filesystem::path& folder);
  bool can_read(const Region& region, std::span<std::byte> buffer, std::uint64_t offset) const;

  Log& log_;
  std::vector<std::unique_ptr<Bundle>> bundles_;
  std::map<std::string, Place> by_sha256_;
};

}  // namespace bundle::build
