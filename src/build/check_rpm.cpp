#include "build/check_rpm.hpp"

#include <algorithm>

#include "rpm/upstream.hpp"
#include "spec/nevra.hpp"

namespace bundle::build {
namespace {

rpm::Package expected_of(const spec::LockedRpm& package) {
  const std::optional<spec::Nevra> nevra = spec::parse_nevra(package.nevra);
  if (!nevra) {
    fail(ErrorKind::spec, "the lock's RPM '{}' is not a NEVRA", package.nevra);
  }
  return {.name = nevra->name,
          .epoch = nevra->epoch.empty() ? "0" : nevra->epoch,
          .version = nevra->version,
          .release = nevra->release,
          .arch = nevra->arch,
          .nevra = package.nevra,
          .repository = package.repository,
          .checksum_kind = std::string(to_string(package.checksum_kind)),
          .checksum = package.checksum,
          .size_bytes = package.size_bytes};
}

}  // namespace

const rpm::Keyring& PackageFetcher::keyring_of(const spec::LockedRepository& repository) {
  const std::lock_guard lock(mutex_);
  const auto it = keyrings_.find(repository.id);
  return it != keyrings_.end()
             ? it->second
             : keyrings_.emplace(repository.id, load_keyring(repository.keys, world_)).first->second;
}

std::filesystem::path PackageFetcher::fetch(const spec::LockedRpm& package) {
  constexpr std::uint64_t kMaxRpmBytes = 8ull << 30;
  const auto repository =
      std::find_if(repositories_.begin(), repositories_.end(),
                   [&](const auto& candidate) { return candidate.id == package.repository; });
  if (repository == repositories_.end()) {
    fail(ErrorKind::spec, "the lock names no repository '{}', which {} comes from", package.repository,
         package.nevra);
  }
  return with_context("fetching RPM " + package.nevra, [&] {
    const rpm::Keyring& keyring = keyring_of(*repository);
    const store::Fetched fetched =
        world_.fetcher.fetch({.url = package.url,
                              .kind = package.checksum_kind,
                              .hex = package.checksum,
                              .size_bytes = package.size_bytes,
                              .limit_bytes = kMaxRpmBytes,
                              .tls_client = rpm::tls_client_of(repository->client_cert)});
    const std::lock_guard lock(world_.librpm);
    rpm::check_package(fetched.path, expected_of(package), keyring, repository->signed_by);
    return fetched.path;
  });
}

}  // namespace bundle::build
