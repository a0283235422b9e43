#include <algorithm>

#include "spec/lock.hpp"

namespace bundle::spec {
namespace {

/// A package is covered by its own signature, or by that of the metadata.
Voucher voucher_of(const LockedRpm& rpm, const Lock& lock) {
  const auto it = std::find_if(lock.repositories.begin(), lock.repositories.end(),
                               [&](const LockedRepository& other) { return other.id == rpm.repository; });
  if (it == lock.repositories.end()) {
    return {};
  }
  if (it->signed_by == SignedBy::repo) {
    return {.by = VouchedBy::metadata};
  }
  return {.by = VouchedBy::openpgp, .key = it->keys.size() == 1 ? it->keys[0].key.fingerprint : ""};
}

}  // namespace

std::vector<Vouched> vouched_of(const Lock& lock) {
  std::vector<Vouched> all;
  for (const LockedImage& image : lock.images) {
    all.push_back({"image " + image.ref, image.vouched});
  }
  for (const LockedRpm& rpm : lock.rpms) {
    all.push_back({"rpm " + rpm.nevra + " from " + rpm.repository, voucher_of(rpm, lock)});
  }
  for (const LockedChart& chart : lock.charts) {
    all.push_back({"chart " + chart.name, chart.archive.vouched});
  }
  for (const LockedManifest& manifest : lock.manifests) {
    all.push_back({"manifest " + manifest.text.path, manifest.text.vouched});
  }
  for (const LockedText& text : lock.texts) {
    all.push_back({"values " + text.path, text.vouched});
  }
  for (const LockedText& program : lock.programs) {
    all.push_back({"program " + program.path, program.vouched});
  }
  for (const LockedFile& file : lock.files) {
    all.push_back({"file " + file.path, file.vouched});
  }
  return all;
}

}  // namespace bundle::spec
