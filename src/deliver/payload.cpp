#include "deliver/payload.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "base/partial_file.hpp"
#include "base/url.hpp"
#include "format/image_blobs.hpp"
#include "format/index.hpp"
#include "host/digest.hpp"
#include "host/removal.hpp"
#include "host/state_folder.hpp"

namespace bundle::deliver {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::string_view kPlaced = "placed";

/// Hashes what lies there; false for anything but that very content.
bool has_content(const std::filesystem::path& path, const format::Entry& entry, std::span<std::byte> buffer) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) != entry.size_bytes) {
    return false;
  }
  Hasher hasher;
  const bool is_whole = stream_file(path, entry.size_bytes, buffer, [&](Bytes bytes) {
    check_interrupt();
    hasher.update(bytes);
  });
  return is_whole && hasher.finish_hex() == entry.sha256;
}

/// The name appears when the content is whole, checked and on disk.
void unpack(const format::PartSet& parts, const format::Entry& entry, const std::filesystem::path& path,
            unsigned mode, std::span<std::byte> buffer, Progress& progress) {
  PartialFile made(path);
  stream_entry(parts, entry, buffer, [&](Bytes bytes) {
    made.write(bytes);
    progress.advance(bytes.size());
  });
  made.commit(mode);
}

class Payload final : public steps::Action {
 public:
  Payload(const format::VerifiedIndex& bundle, const format::PartSet& parts, const spec::Roles& roles)
      : parts_(parts), entries_(payload_entries(bundle.index(), roles)), buffer_(kBufferBytes) {}

  std::string describe() const override {
    std::string text;
    for (const format::Entry* entry : entries_) {
      text += fmt::format("unpack {} ({}, sha256 {})\n", host::payload_path(entry->path.str()),
                          entry->size_bytes, entry->sha256);
    }
    return text;
  }
  json::Object inputs() const override {
    json::Object digests;
    for (const format::Entry* entry : entries_) {
      digests.emplace(entry->path.str(), entry->sha256);
    }
    return {{"unpack", std::move(digests)}};
  }

  bool is_done(steps::Context& context) override {
    return std::all_of(entries_.begin(), entries_.end(),
                       [&](const format::Entry* entry) { return is_there(context.host, *entry); });
  }

  steps::Change capture(steps::Context& /*context*/) override {
    // Our own folder: `undo --all` removes the payload in it at the end, whatever the journal says.
    return {.type = "none", .key = "payload", .before = {}};
  }

  void apply(steps::Context& context) override {
    std::uint64_t total = 0;
    for (const format::Entry* entry : entries_) {
      total += entry->size_bytes;
    }
    const ProgressTask task(context.host.progress, "unpacking RPMs, charts and manifests", total);
    for (const format::Entry* entry : entries_) {
      if (is_there(context.host, *entry)) {
        context.host.progress.advance(entry->size_bytes);
      } else {
        unpack(parts_, *entry, context.host.at(host::payload_path(entry->path.str())), entry->mode, buffer_,
               context.host.progress);
      }
    }
  }

  /// Every byte was hashed on its way.
  void verify(steps::Context& context) override {
    for (const format::Entry* entry : entries_) {
      if (!context.host.exists(host::payload_path(entry->path.str()))) {
        fail(ErrorKind::step, "{} is not there after it was unpacked", host::payload_path(entry->path.str()));
      }
    }
  }

 private:
  bool is_there(const host::Host& host, const format::Entry& entry) {
    return has_content(host.at(host::payload_path(entry.path.str())), entry, buffer_);
  }

  const format::PartSet& parts_;
  std::vector<const format::Entry*> entries_;
  std::vector<std::byte> buffer_;
};

class KeptIndex final : public steps::Action {
 public:
  explicit KeptIndex(const format::VerifiedIndex& bundle) : bundle_(bundle) {}

  std::string describe() const override {
    return fmt::format("write {} (sha256 {})\n", kKeptIndex, bundle_.sha256());
  }
  json::Object inputs() const override { return {{"index", bundle_.sha256()}}; }
  bool is_done(steps::Context& context) override {
    return host::digest_of(context.host, std::string(kKeptIndex)) == bundle_.sha256();
  }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = std::string(kKeptIndex), .before = {}};
  }
  /// What was verified is the canonical text: no other is parsed.
  void apply(steps::Context& context) override {
    constexpr unsigned kMode = 0600;
    PartialFile made(context.host.at(kKeptIndex));
    made.write(as_bytes(format::to_canonical_json(bundle_.index())));
    made.commit(kMode);
  }

 private:
  const format::VerifiedIndex& bundle_;
};

class KeptInstaller final : public steps::Action {
 public:
  explicit KeptInstaller(const format::VerifiedIndex& bundle) : bundle_(bundle) {}

  std::string describe() const override {
    return fmt::format("write {} (mode 0755, sha256 {})\n", host::kProgram, wanted().sha256);
  }
  json::Object inputs() const override { return {{"installer", wanted().sha256}}; }
  bool is_done(steps::Context& context) override {
    return host::digest_of(context.host, std::string(host::kProgram)) == wanted().sha256;
  }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = std::string(host::kProgram), .before = {}};
  }
  void apply(steps::Context& context) override {
    const std::filesystem::path from = bundle_.folder() / format::kInstallerName;
    std::vector<std::byte> buffer(kBufferBytes);
    PartialFile made(context.host.at(host::kProgram));
    Hasher hasher;
    const bool is_whole = stream_file(from, wanted().size_bytes, buffer, [&](Bytes bytes) {
      check_interrupt();
      hasher.update(bytes);
      made.write(bytes);
    });
    if (!is_whole || hasher.finish_hex() != wanted().sha256) {
      fail(ErrorKind::integrity, "{} is no longer what the index says", from.string());
    }
    constexpr unsigned kMode = 0755;
    made.commit(kMode);
  }

 private:
  const format::Installer& wanted() const { return bundle_.index().installer; }

  const format::VerifiedIndex& bundle_;
};

class PlacedFile final : public steps::Action {
 public:
  PlacedFile(const format::PartSet& parts, const format::File& file, const format::Entry& entry)
      : parts_(parts), file_(file), entry_(entry), buffer_(kBufferBytes) {}

  std::string describe() const override {
    return fmt::format("write {} (mode {:04o}, {} bytes, sha256 {}), from {}\n", file_.to, file_.mode,
                       entry_.size_bytes, entry_.sha256, shown_url(file_.url));
  }
  json::Object inputs() const override {
    return {{"place", file_.to}, {"mode", std::uint64_t{file_.mode}}, {"sha256", entry_.sha256}};
  }
  bool is_done(steps::Context& context) override {
    return has_content(context.host.at(file_.to), entry_, buffer_);
  }
  steps::Change capture(steps::Context& context) override {
    if (context.host.exists(file_.to) && !is_done(context)) {
      throw Error(ErrorKind::step, fmt::format("{} is there already with another content", file_.to),
                  "move it away, and install again");
    }
    const std::vector<std::string> missing = host::missing_folders(context.host, file_.to);
    return {.type = std::string(kPlaced),
            .key = file_.to,
            .before = {{"existed", context.host.exists(file_.to)},
                       {"folders", json::Array(missing.begin(), missing.end())},
                       {"ours", steps::ours_after(context.captured(kPlaced, file_.to), entry_.sha256)}}};
  }
  void apply(steps::Context& context) override {
    const ProgressTask task(context.host.progress, "writing " + file_.to, entry_.size_bytes);
    unpack(parts_, entry_, context.host.at(file_.to), file_.mode, buffer_, context.host.progress);
  }

 private:
  const format::PartSet& parts_;
  const format::File& file_;
  const format::Entry& entry_;
  std::vector<std::byte> buffer_;
};

}  // namespace

HashedFile payload_file(const format::Index& index, std::string_view entry_path) {
  const format::Entry* entry = index.find_entry(entry_path);
  return {.path = host::payload_path(entry_path), .sha256 = entry == nullptr ? std::string() : entry->sha256};
}

std::vector<const format::Entry*> payload_entries(const format::Index& index, const spec::Roles& roles) {
  std::set<std::string_view> unwanted;
  for (const format::Rpm& rpm : index.rpms) {
    if (!format::is_for(rpm.roles, roles)) {
      unwanted.insert(rpm.path);
    }
  }
  const bool is_master = roles.contains("master");
  std::vector<const format::Entry*> wanted;
  for (const format::Entry& entry : index.entries) {
    const std::string& path = entry.path.str();
    const bool is_masters =
        path.starts_with("charts/") || path.starts_with("manifests/") || path.starts_with("bin/");
    if ((path.starts_with("rpms/") && !unwanted.contains(path)) || (is_masters && is_master)) {
      wanted.push_back(&entry);
    }
  }
  return wanted;
}

std::set<std::uint64_t> needed_parts(const format::Index& index, const format::PartSet& parts,
                                     const spec::Roles& roles) {
  std::set<std::uint64_t> needed;
  const auto add = [&](const format::Entry* entry) {
    for (const format::Piece& piece : entry != nullptr ? entry->at : std::vector<format::Piece>{}) {
      needed.insert(piece.part);
    }
  };
  for (const format::Entry* entry : payload_entries(index, roles)) {
    add(entry);
  }
  for (const format::File& file : index.files) {
    if (format::is_for(file.roles, roles)) {
      add(index.find_entry(file.path));
    }
  }
  try {
    for (const auto& [digest, size] : format::image_blobs(index, parts, roles)) {
      add(index.find_entry("blobs/sha256/" + digest));
    }
  } catch (const Error&) {
    for (std::uint64_t part = 0; part < index.parts.size(); ++part) {
      needed.insert(part);
    }
  }
  return needed;
}

std::unique_ptr<steps::Action> unpack_payload(const format::VerifiedIndex& bundle,
                                              const format::PartSet& parts, const spec::Roles& roles) {
  return std::make_unique<Payload>(bundle, parts, roles);
}

std::unique_ptr<steps::Action> keep_index(const format::VerifiedIndex& bundle) {
  return std::make_unique<KeptIndex>(bundle);
}

std::unique_ptr<steps::Action> keep_installer(const format::VerifiedIndex& bundle) {
  return std::make_unique<KeptInstaller>(bundle);
}

std::vector<std::unique_ptr<steps::Action>> place_files(const format::VerifiedIndex& bundle,
                                                        const format::PartSet& parts,
                                                        const spec::Roles& roles) {
  std::vector<std::unique_ptr<steps::Action>> actions;
  for (const format::File& file : bundle.index().files) {
    const format::Entry* entry = bundle.index().find_entry(file.path);
    if (!file.to.empty() && format::is_for(file.roles, roles) && entry != nullptr) {
      actions.push_back(std::make_unique<PlacedFile>(parts, file, *entry));
    }
  }
  return actions;
}

void undo_placed_file(host::Host& host, const steps::Change& change) {
  const std::filesystem::path file = host.at(change.key);
  if (json::flag_at(change.before, "existed")) {
    return;
  }
  remove_leftover_of(file);
  if (host.exists(change.key)) {
    std::error_code no_file;
    const std::uintmax_t size_bytes = std::filesystem::file_size(file, no_file);
    const ProgressTask task(host.progress, "comparing " + change.key, no_file ? 0 : size_bytes);
    const std::optional<std::string> now = host::digest_of(host, change.key);
    if (!now || !steps::is_ours(change, *now)) {
      const bool is_known = change.before.contains("ours");
      host.log.warn(fmt::format("{} {}; it is left as it is; there was no such file before", change.key,
                                is_known ? "was changed since it was installed"
                                         : "was placed by a version that did not keep its digest"));
      return;
    }
    std::filesystem::remove(file);
  }
  host::remove_if_empty(host, json::texts_at(change.before, "folders"));
}

}  // namespace bundle::deliver
