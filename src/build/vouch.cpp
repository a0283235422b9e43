#include "build/vouch.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace bundle::build {
namespace {

/// What `digests` of versions.yml may name: an image reference, or a path in the bundle.
struct Nameable {
  std::string digest;
  bool is_first_use = false;
};

std::map<std::string, Nameable> nameables_of(const spec::Lock& lock) {
  std::map<std::string, Nameable> all;
  for (const spec::LockedImage& image : lock.images) {
    all.emplace(image.ref, Nameable{image.digest.str(), spec::is_first_use(image.vouched)});
  }
  const auto add = [&](const spec::LockedText& text) {
    all.emplace(text.path, Nameable{"sha256:" + text.sha256, spec::is_first_use(text.vouched)});
  };
  for (const spec::LockedChart& chart : lock.charts) {
    add(chart.archive);
  }
  for (const spec::LockedManifest& manifest : lock.manifests) {
    add(manifest.text);
  }
  for (const std::vector<spec::LockedText>* texts : {&lock.texts, &lock.programs}) {
    std::for_each(texts->begin(), texts->end(), add);
  }
  return all;
}

std::size_t count_first_use(const std::map<std::string, Nameable>& all) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const auto& item) { return item.second.is_first_use; }));
}

}  // namespace

spec::Voucher voucher_of(const spec::Versions& versions, const std::string& path, const std::string& sha256,
                         const spec::Voucher& otherwise, const std::string& archive_sha256) {
  const auto pinned = versions.digests.find(path);
  if (pinned == versions.digests.end()) {
    return otherwise;
  }
  const std::string wanted = pinned->second.hex();
  if (wanted != sha256 && wanted != archive_sha256) {
    throw Error(
        ErrorKind::integrity, Position{.file = versions.file.string()},
        fmt::format("{} has the digest sha256:{}, but 'digests' says sha256:{}", path, sha256, wanted),
        "upstream delivers something else than what was looked at: find out why before you change the "
        "digest");
  }
  return otherwise.by == spec::VouchedBy::openpgp || otherwise.by == spec::VouchedBy::cosign
             ? otherwise
             : spec::Voucher{.by = spec::VouchedBy::digest};
}

void refuse_first_use(const spec::Versions& versions, const spec::Lock& lock) {
  if (!versions.refuses_first_use) {
    return;
  }
  const std::map<std::string, Nameable> all = nameables_of(lock);
  const std::size_t count = count_first_use(all);
  if (count == 0) {
    return;
  }
  std::string lines;
  for (const auto& [name, item] : all) {
    if (item.is_first_use) {
      lines += fmt::format("\n  \"{}\": {}", name, item.digest);
    }
  }
  throw Error(ErrorKind::integrity, Position{.file = versions.file.string()},
              fmt::format("nobody vouches for {}, and 'policy' refuses first use:{}",
                          count_words(count, "artefact"), lines),
              "look at each by another way than this network, then write these lines under 'digests' of "
              "versions.yml; or pin a key that signs it");
}

void report_vouchers(const spec::Versions& versions, const spec::Lock& lock, Log& log) {
  const std::map<std::string, Nameable> all = nameables_of(lock);
  for (const auto& [name, digest] : versions.digests) {
    if (!all.contains(name)) {
      log.warn(
          fmt::format("{}: 'digests' names {}, which is not in this bundle", versions.file.string(), name));
    }
  }
  if (const std::size_t count = count_first_use(all); count > 0) {
    log.info(
        fmt::format("{} taken on first use: nobody but the server that it came from vouches for it (the lock "
                    "says for which; `policy: {{first-use: refuse}}` in versions.yml stops at it)",
                    count_words(count, "artefact")));
    for (const auto& [name, item] : all) {
      if (item.is_first_use) {
        log.detail("first use: " + name);
      }
    }
  }
}

}  // namespace bundle::build
