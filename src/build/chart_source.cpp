#include "build/chart_source.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "helm/chart.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kMaxIndexBytes = 64ull << 20;  // of a chart repository: Bitnami's is 20 MB
constexpr std::uint64_t kMaxChartBytes = 64ull << 20;
constexpr std::string_view kOci = "oci://";
/// Source: helm.sh/docs/topics/registries; helm 3's pkg/registry/constants.go, the older type included.
constexpr std::array<std::string_view, 2> kChartLayers = {
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip"};

spec::Reference reference_of(const std::string& source) {
  return spec::reference(std::string_view(source).substr(kOci.size()));
}

/// helm writes the `+` of a version as `_`, which a tag may have. Source: helm's pkg/registry/util.go.
std::string tag_of(const std::string& version) { return replace_all(version, "+", "_"); }

std::string without_or_with_v(const std::string& version) {
  return version.starts_with('v') ? version.substr(1) : "v" + version;
}

oci::Blob chart_layer(const oci::Artifact& artifact, const std::string& source) {
  for (const spec::Descriptor& layer : artifact.manifest.layers) {
    if (std::find(kChartLayers.begin(), kChartLayers.end(), layer.media_type) != kChartLayers.end()) {
      return {.digest = layer.digest, .size_bytes = layer.size_bytes, .media_type = layer.media_type};
    }
  }
  throw Error(ErrorKind::unresolvable,
              fmt::format("{} is no chart: none of its layers is of type {} (its config is of type {})",
                          source, kChartLayers[0], escaped(artifact.manifest.config.media_type, 100)),
              "an image stands in images:");
}

/// From the cache or an earlier bundle, else from the registry; checked either way.
stdfs::path fetch_layer(const spec::Reference& reference, const oci::Blob& layer, const std::string& source,
                        World& world) {
  const store::Wanted wanted{.url = source,
                             .hex = layer.digest.hex(),
                             .size_bytes = layer.size_bytes,
                             .limit_bytes = kMaxChartBytes};
  if (const auto local = world.fetcher.find_local(wanted)) {
    return local->path;
  }
  const std::string content = world.registry.fetch_small_blob(reference, layer, kMaxChartBytes);
  const store::Cache cache(world.cache_root);
  store::Partial partial = cache.open_partial(source + "\n" + wanted.hex);
  if (::ftruncate(partial.fd(), 0) != 0) {
    fail_errno("truncate", partial.path().string(), errno);
  }
  pwrite_all(partial.fd(), as_bytes(content), 0, partial.path().string());
  return cache.commit(std::move(partial), HashKind::sha256, wanted.hex);
}

/// The chart that a registry has under this name; `index_sha256`: what an index.yaml says of it, if anything.
FoundChart found_at(const std::string& source, const std::string& version, const std::string& index_sha256,
                    World& world) {
  const spec::Reference reference = reference_of(source);
  const oci::Artifact artifact = world.registry.resolve_artifact(reference);
  const oci::Blob layer = chart_layer(artifact, source);
  if (!index_sha256.empty() && index_sha256 != layer.digest.hex() && index_sha256 != artifact.digest.hex()) {
    fail(ErrorKind::integrity, "{} is another chart than the repository's index says: expected {}, found {}",
         source, index_sha256, layer.digest.hex());
  }
  return {.version = version,
          .source = source,
          .sha256 = layer.digest.hex(),
          .size_bytes = layer.size_bytes,
          .file = fetch_layer(reference, layer, source, world)};
}

FoundChart find_local(const spec::ChartSpec& chart, const stdfs::path& folder, const std::string& prefix) {
  const stdfs::path file = folder / chart.file;
  if (!stdfs::is_regular_file(file)) {
    throw Error(ErrorKind::spec, chart.position, fmt::format("there is no file {}", file.string()),
                "'file' is a packed chart (`helm package`), its path relative to the file that names it");
  }
  const std::string content = read_file(file, kMaxChartBytes);
  const helm::Chart found = helm::read_chart(as_bytes(content), file.string());
  if (found.name != chart.name || found.version != chart.version) {
    throw Error(ErrorKind::spec, chart.position,
                fmt::format("{} is the chart {} {}, not {} {}", file.string(), escaped(found.name, 100),
                            escaped(found.version, 100), chart.name, chart.version));
  }
  return {.version = chart.version,
          .source = prefix + chart.file,
          .sha256 = sha256_hex(content),
          .size_bytes = content.size(),
          .file = file};
}

}  // namespace

bool is_oci_source(const std::string& source) { return source.starts_with(kOci); }

stdfs::path fetch_oci_chart(const spec::LockedText& archive, World& world) {
  const auto digest = spec::Digest::parse("sha256:" + archive.sha256);
  if (!digest) {
    fail(ErrorKind::spec, "the lock's '{}' is no SHA-256", archive.sha256);
  }
  return fetch_layer(reference_of(archive.source), {.digest = *digest, .size_bytes = archive.size_bytes},
                     archive.source, world);
}

const std::string& ChartFinder::index_of(const std::string& repo) {
  auto [it, is_new] = indexes_.try_emplace(repo);
  if (is_new) {
    it->second = world_.fetcher.fetch_text(repo + "/index.yaml", kMaxIndexBytes);
  }
  return it->second;
}

/// A leading v on either side does not count, as in a repository's index.
FoundChart ChartFinder::find_in_registry(const spec::ChartSpec& chart) {
  const std::string repository = chart.repo + "/" + chart.name + ":";
  try {
    return found_at(repository + tag_of(chart.version), chart.version, "", world_);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unresolvable) {
      throw;
    }
    const std::string other = without_or_with_v(chart.version);
    try {
      return found_at(repository + tag_of(other), other, "", world_);
    } catch (const Error&) {
      throw error;  // NOLINT(misc-throw-by-value-catch-by-reference): the first one names what was asked for
    }
  }
}

FoundChart ChartFinder::find_in_repository(const spec::ChartSpec& chart) {
  const helm::ChartLocation found =
      helm::find_chart(index_of(chart.repo), chart.repo, chart.name, chart.version);
  if (is_oci_source(found.urls.at(0))) {
    return found_at(found.urls.at(0), found.version, found.sha256, world_);
  }
  const store::Fetched fetched =
      world_.fetcher.fetch({.url = found.urls.at(0), .hex = found.sha256, .limit_bytes = kMaxChartBytes});
  return {.version = found.version,
          .source = found.urls.at(0),
          .sha256 = fetched.sha256_hex,
          .size_bytes = fetched.size_bytes,
          .file = fetched.path};
}

FoundChart ChartFinder::find(const spec::ChartSpec& chart, const stdfs::path& folder,
                             const std::string& prefix) {
  if (!chart.file.empty()) {
    return find_local(chart, folder, prefix);
  }
  return is_oci_source(chart.repo) ? find_in_registry(chart) : find_in_repository(chart);
}

}  // namespace bundle::build
