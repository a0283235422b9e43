#include "build/signature_policy.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>

#include "base/fs.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "build/key_file.hpp"
#include "openpgp/gpg.hpp"
#include "rpm/package_head.hpp"
#include "rpm/upstream.hpp"

namespace bundle::build {
namespace {

using Signatures = std::vector<rpm::PackageSignature>;
/// The first so many bytes of a package.
using ReadHead = std::function<std::string(std::uint64_t bytes)>;
constexpr std::size_t kMaxWords = 10;

bool is_refused(const spec::Target& target, const std::string& digest) {
  return std::find(target.refused_digests.begin(), target.refused_digests.end(), digest) !=
         target.refused_digests.end();
}

[[noreturn]] void refuse(std::vector<std::string> words, const spec::Target& target) {
  if (words.size() > kMaxWords) {
    const std::size_t more = words.size() - kMaxWords;
    words.resize(kMaxWords);
    words.push_back(fmt::format("and {} more", more));
  }
  std::vector<std::string> digests;
  for (const std::string& digest : target.refused_digests) {
    digests.push_back(upper(digest));
  }
  throw Error(
      ErrorKind::integrity,
      fmt::format("rpm of {} takes no signature with {}: {}", target.name, join(digests, " or "),
                  join(words, "; ")),
      "take builds that their vendor signed with SHA256 or better: another version or repository; for a "
      "site whose crypto policy takes these, make a target of its own with 'refuse-signatures: []'");
}

/// Nothing when there is no signature header in the largest head that is read.
std::optional<Signatures> read_signatures(const ReadHead& read) {
  constexpr std::uint64_t kGrowth = 8;
  for (std::uint64_t bytes = rpm::kPackageHeadBytes; bytes <= rpm::kMaxPackageHeadBytes; bytes *= kGrowth) {
    const std::string head = read(bytes);
    std::optional<Signatures> signatures = rpm::package_signatures(head);
    if (signatures || head.size() < bytes) {
      return signatures;
    }
  }
  return std::nullopt;
}

std::string read_file_head(const std::filesystem::path& file, std::uint64_t bytes) {
  const UniqueFd fd = open_file(file, OpenMode::read);
  std::string head(std::min(bytes, bundle::file_size(file)), '\0');
  if (!pread_all(fd.get(), std::as_writable_bytes(std::span(head)), 0, file.string())) {
    fail(ErrorKind::integrity, "{} became shorter while it was read", file.string());
  }
  return head;
}

/// In words, what the target refuses of a package; empty: nothing.
std::string refusal(const spec::LockedRpm& package, const Signatures& signatures,
                    const spec::Target& target) {
  for (const rpm::PackageSignature& signature : signatures) {
    if (is_refused(target, signature.digest)) {
      return fmt::format("{} of repository {} is signed with {}/{} by key {}", package.nevra,
                         package.repository, signature.algorithm, upper(signature.digest),
                         signature.issuer.empty() ? "unknown" : signature.issuer);
    }
  }
  return {};
}

/// Reads heads of packages; of a repository that gave none once nothing more is asked.
class Heads {
 public:
  Heads(const std::vector<spec::LockedRepository>& repositories, World& world)
      : repositories_(repositories), world_(world) {}

  std::optional<Signatures> signatures_of(const spec::LockedRpm& package) {
    const auto local = world_.fetcher.find_local({.url = package.url,
                                                  .kind = package.checksum_kind,
                                                  .hex = package.checksum,
                                                  .size_bytes = package.size_bytes,
                                                  .limit_bytes = package.size_bytes});
    if (local) {
      return read_signatures([&](std::uint64_t bytes) { return read_file_head(local->path, bytes); });
    }
    if (is_silent(package.repository)) {
      return std::nullopt;
    }
    try {
      const auto tls = rpm::tls_client_of(repository(package.repository)->client_cert);
      return read_signatures(
          [&](std::uint64_t bytes) { return world_.fetcher.fetch_head(package.url, bytes, tls); });
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) {
        throw;
      }
      set_silent(package.repository);
      world_.log.detail(
          fmt::format("cannot look at the signature of {} yet: {}", package.nevra, error.message()));
      return std::nullopt;
    }
  }

  /// Null for a package that no key vouches for on site.
  const spec::LockedRepository* repository(const std::string& id) const {
    for (const spec::LockedRepository& candidate : repositories_) {
      if (candidate.id == id && candidate.signed_by != spec::SignedBy::repo) {
        return &candidate;
      }
    }
    return nullptr;
  }

 private:
  bool is_silent(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return silent_.contains(id);
  }
  void set_silent(const std::string& id) {
    const std::lock_guard lock(mutex_);
    silent_.insert(id);
  }

  const std::vector<spec::LockedRepository>& repositories_;
  World& world_;
  std::mutex mutex_;
  std::set<std::string> silent_;
};

/// rpm imports a key only when the signature that follows each subkey is good; it does not look at what
/// certifies the primary key (EL 9's own are certified with SHA-1). dnf imports all keys of a file.
/// Source: rpm 4.16's rpmio/rpmpgp.c, pgpPrtParams and pgpVerifySelf.
void add_refused_keys(const spec::LockedRepository& repository, const spec::Target& target, World& world,
                      std::vector<std::string>& words) {
  const openpgp::Gpg gpg(world.runner);
  for (const spec::LockedKey& key : repository.keys) {
    const openpgp::KeyFile file = read_key(key.key, key.sha256, world);
    for (const openpgp::Certificate& certificate : gpg.show_keys(file.content)) {
      for (std::size_t i = 1; i < certificate.keys.size(); ++i) {
        const openpgp::Key& subkey = certificate.keys[i];
        if (is_refused(target, subkey.first_signature_digest)) {
          words.push_back(
              fmt::format("the key file {} of repository {} has a subkey {} that is bound to key {} with "
                          "{}, so that it cannot be imported",
                          key.key.url, repository.id, subkey.fingerprint,
                          certificate.keys.front().fingerprint, upper(subkey.first_signature_digest)));
        }
      }
    }
  }
}

}  // namespace

void require_signatures(const std::vector<spec::LockedRpm>& rpms,
                        const std::vector<spec::LockedRepository>& repositories, const spec::Target& target,
                        World& world) {
  if (target.refused_digests.empty()) {
    return;
  }
  Heads heads(repositories, world);
  std::vector<std::string> words(rpms.size());
  parallel_for(rpms.size(), world.jobs, [&](std::size_t i) {
    if (heads.repository(rpms[i].repository) != nullptr) {
      words[i] = refusal(rpms[i], heads.signatures_of(rpms[i]).value_or(Signatures{}), target);
    }
  });
  std::erase(words, "");
  for (const spec::LockedRepository& repository : repositories) {
    if (repository.signed_by != spec::SignedBy::repo) {
      add_refused_keys(repository, target, world, words);
    }
  }
  if (!words.empty()) {
    refuse(std::move(words), target);
  }
}

void require_signatures_of(const spec::LockedRpm& package, const std::filesystem::path& file,
                           const spec::Target& target) {
  const auto signatures = read_signatures([&](std::uint64_t bytes) { return read_file_head(file, bytes); });
  if (std::string words = refusal(package, signatures.value_or(Signatures{}), target); !words.empty()) {
    refuse({std::move(words)}, target);
  }
}

}  // namespace bundle::build
