#include "build/vouch.hpp"

#include <map>
#include <set>

#include "base/text.hpp"

namespace bundle::build {
namespace {

/// What `digests` of versions.yml may name, and its digest.
std::map<std::string, std::string> digests_of(const spec::Lock& lock) {
  std::map<std::string, std::string> digests;
  for (const spec::LockedImage& image : lock.images) {
    digests.emplace(image.ref, image.digest.str());
  }
  for (const spec::LockedChart& chart : lock.charts) {
    digests.emplace(chart.archive.path, "sha256:" + chart.archive.sha256);
  }
  for (const spec::LockedManifest& manifest : lock.manifests) {
    digests.emplace(manifest.text.path, "sha256:" + manifest.text.sha256);
  }
  for (const std::vector<spec::LockedText>* texts : {&lock.texts, &lock.programs}) {
    for (const spec::LockedText& text : *texts) {
      digests.emplace(text.path, "sha256:" + text.sha256);
    }
  }
  return digests;
}

/// Names as `digests` takes them: `image REF` without its first word, of a chart the path of its archive.
std::vector<std::string> first_used(const spec::Lock& lock) {
  std::set<std::string> names;
  for (const spec::LockedImage& image : lock.images) {
    if (spec::is_first_use(image.vouched)) {
      names.insert(image.ref);
    }
  }
  const auto add = [&](const spec::LockedText& text) {
    if (spec::is_first_use(text.vouched)) {
      names.insert(text.path);
    }
  };
  for (const spec::LockedChart& chart : lock.charts) {
    add(chart.archive);
  }
  for (const spec::LockedManifest& manifest : lock.manifests) {
    add(manifest.text);
  }
  for (const std::vector<spec::LockedText>* texts : {&lock.texts, &lock.programs}) {
    for (const spec::LockedText& text : *texts) {
      add(text);
    }
  }
  return {names.begin(), names.end()};
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
  const std::vector<std::string> names = first_used(lock);
  if (names.empty() || !versions.refuses_first_use) {
    return;
  }
  const std::map<std::string, std::string> known = digests_of(lock);
  std::string lines;
  for (const std::string& name : names) {
    lines += fmt::format("\n  \"{}\": {}", name, known.at(name));
  }
  throw Error(ErrorKind::integrity, Position{.file = versions.file.string()},
              fmt::format("nobody vouches for {}, and 'policy' refuses first use:{}",
                          count_words(names.size(), "artefact"), lines),
              "look at each by another way than this network, then write these lines under 'digests' of "
              "versions.yml; or pin a key that signs it");
}

void report_vouchers(const spec::Versions& versions, const spec::Lock& lock, Log& log) {
  const std::map<std::string, std::string> known = digests_of(lock);
  for (const auto& [name, digest] : versions.digests) {
    if (!known.contains(name)) {
      log.warn(
          fmt::format("{}: 'digests' names {}, which is not in this bundle", versions.file.string(), name));
    }
  }
  if (const std::size_t count = first_used(lock).size(); count > 0) {
    log.info(
        fmt::format("{} taken on first use: nobody but the server that it came from vouches for it (the lock "
                    "says for which; `policy: {{first-use: refuse}}` in versions.yml stops at it)",
                    count_words(count, "artefact")));
  }
}

}  // namespace bundle::build
