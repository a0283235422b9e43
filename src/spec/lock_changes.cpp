#include <fmt/core.h>

#include <map>

#include "base/url.hpp"
#include "spec/lock.hpp"

namespace bundle::spec {
namespace {

/// A thing's name and what identifies its content.
using Contents = std::map<std::string, std::string>;

void add_contents(const Lock& lock, Contents& into) {
  for (const LockedComponent& component : lock.components) {
    into["component " + component.name] = component.version;
  }
  for (const LockedImage& image : lock.images) {
    into["image " + image.ref] = image.digest.str();
  }
  for (const LockedRpm& rpm : lock.rpms) {
    into["rpm " + rpm.nevra + " from " + rpm.repository] = rpm.checksum;
  }
  for (const LockedChart& chart : lock.charts) {
    into["chart " + chart.name] = chart.version + " sha256:" + chart.archive.sha256;
  }
  for (const LockedManifest& manifest : lock.manifests) {
    into["manifest " + manifest.text.path] = manifest.text.sha256;
  }
  for (const LockedText& text : lock.texts) {
    into["values " + text.path] = text.sha256;
  }
  for (const LockedText& program : lock.programs) {
    into["program " + program.path] = program.sha256;
  }
  for (const LockedFile& file : lock.files) {
    into["file " + file.path] = file.sha256;
  }
  for (const LockedRepository& repository : lock.repositories) {
    into["repository " + repository.id] = shown_url(repository.url);
  }
}

using Vouchers = std::map<std::string, Voucher>;

Vouchers vouchers_of(const Lock& lock) {
  Vouchers vouchers;
  for (Vouched& vouched : vouched_of(lock)) {
    vouchers.emplace(std::move(vouched.name), std::move(vouched.voucher));
  }
  return vouchers;
}

/// What an older lock did not record is no change.
bool is_other(const Voucher& before, const Voucher& after) {
  return before != after && before.by != VouchedBy::unrecorded;
}

}  // namespace

std::vector<std::string> describe_changes(const Lock& before, const Lock& after) {
  Contents old_contents;
  Contents new_contents;
  add_contents(before, old_contents);
  add_contents(after, new_contents);
  const Vouchers old_vouchers = vouchers_of(before);
  const Vouchers new_vouchers = vouchers_of(after);
  const auto with_voucher = [&](const std::string& line, const std::string& name) {
    const auto it = new_vouchers.find(name);
    return it == new_vouchers.end() ? line : fmt::format("{} ({})", line, describe(it->second));
  };
  std::vector<std::string> lines;
  for (const auto& [name, content] : old_contents) {
    const auto now = new_contents.find(name);
    if (now == new_contents.end()) {
      lines.push_back("- " + name);
    } else if (now->second != content) {
      lines.push_back(with_voucher("~ " + name + " " + content + " -> " + now->second, name));
    } else if (old_vouchers.contains(name) && is_other(old_vouchers.at(name), new_vouchers.at(name))) {
      lines.push_back(fmt::format("~ {} vouched: {} -> {}", name, describe(old_vouchers.at(name)),
                                  describe(new_vouchers.at(name))));
    }
  }
  for (const auto& [name, content] : new_contents) {
    if (!old_contents.contains(name)) {
      lines.push_back(with_voucher("+ " + name, name));
    }
  }
  return lines;
}

}  // namespace bundle::spec
