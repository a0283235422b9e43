#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "build/inputs.hpp"
#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// A chart's archive: where it came from, and where it lies now.
struct FoundChart {
  std::string version;  ///< as its repository writes it
  std::string source;   ///< as LockedText has it: a URL, `oci://HOST/REPOSITORY:TAG`, `spec:` or `catalogue:`
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::filesystem::path file;
};

/// Finds charts in repositories with an index.yaml (each fetched once), in OCI registries, and beside the
/// file that names them.
class ChartFinder {
 public:
  explicit ChartFinder(World& world) : world_(world) {}

  /// `folder` is where a local archive lies, `prefix` what its `source` begins with (`spec:`). Throws
  /// Error(unresolvable) for what is not there, Error(spec) when a local archive is another chart, and as the
  /// fetcher and the registry do.
  FoundChart find(const spec::ChartSpec& chart, const std::filesystem::path& folder,
                  const std::string& prefix);

 private:
  const std::string& index_of(const std::string& repo);
  FoundChart find_in_repository(const spec::ChartSpec& chart);
  FoundChart find_in_registry(const spec::ChartSpec& chart);

  World& world_;
  std::map<std::string, std::string> indexes_;
};

/// The archive of a chart that the lock has from an OCI registry, in the cache. Throws Error(network) when it
/// is gone.
std::filesystem::path fetch_oci_chart(const spec::LockedText& archive, World& world);
/// Whether a source is in an OCI registry.
bool is_oci_source(const std::string& source);

}  // namespace bundle::build
