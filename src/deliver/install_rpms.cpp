#include "deliver/install_rpms.hpp"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "deliver/dnf.hpp"
#include "deliver/packages.hpp"
#include "host/private_rpmdb.hpp"
#include "host/removal.hpp"
#include "host/rpmdb.hpp"
#include "host/state_folder.hpp"

namespace bundle::deliver {
namespace {

constexpr auto kTransactionTimeout = std::chrono::minutes(60);
constexpr std::string_view kType = "packages";
constexpr std::string_view kKey = "rpmdb";
/// A mark of versions before the digest: what was asked for, whatever it was, is on disk.
constexpr std::string_view kAnyOnDisk = "on disk";

/// What undo of packages needs, of all bundles that were installed since the first.
struct Ours {
  std::set<std::string> absent;                   ///< NEVRAs that were not there
  std::set<std::string, std::greater<>> folders;  ///< that were not there, the innermost first
  std::set<std::string> key_versions;             ///< of the vendors' keys that dnf imports
};

template <class Set>
void add_texts(const json::Value& object, std::string_view key, Set& texts) {
  for (std::string& text : json::texts_at(object, key)) {
    texts.insert(std::move(text));
  }
}

/// Versions before kept the first bundle's beside what was there before.
Ours ours_of(const steps::Change& change) {
  const auto member = change.before.find("ours");
  const json::Value& object = member == change.before.end() ? json::Value(change.before) : member->second;
  Ours ours;
  add_texts(object, "absent", ours.absent);
  add_texts(object, "folders", ours.folders);
  add_texts(object, "key-versions", ours.key_versions);
  return ours;
}

json::Object to_json(const Ours& ours) {
  return {{"absent", json::Array(ours.absent.begin(), ours.absent.end())},
          {"folders", json::Array(ours.folders.begin(), ours.folders.end())},
          {"key-versions", json::Array(ours.key_versions.begin(), ours.key_versions.end())}};
}

std::vector<std::string> query(const host::Host& host, const std::vector<std::string>& selection,
                               const std::string& format) {
  std::vector<std::string> argv{"rpm", "-q"};
  argv.insert(argv.end(), selection.begin(), selection.end());
  argv.insert(argv.end(), {"--qf", format});
  const CommandResult listed = host.ask(argv);
  std::vector<std::string> lines;
  for (const std::string_view line : split(listed.out, '\n')) {
    if (!line.empty() && listed.status == 0) {
      lines.emplace_back(line);
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// `gpg-pubkey-VERSION-RELEASE` of each key that the rpmdb trusts.
std::vector<std::string> installed_keys(const host::Host& host) {
  return query(host, {"gpg-pubkey"}, "%{NAME}-%{VERSION}-%{RELEASE}\\n");
}

/// The last eight digits of the fingerprints in REPOSITORY-FINGERPRINT.asc: rpm's version of a gpg-pubkey.
void add_key_versions(const format::Index& index, std::set<std::string>& versions) {
  for (const std::string& path : key_paths(index)) {
    const std::string stem = std::filesystem::path(path).stem().string();
    versions.insert(lower(stem.substr(stem.size() < 8 ? 0 : stem.size() - 8)));
  }
}

/// Of these NEVRAs those that are installed now.
std::vector<std::string> present(const host::Host& host, const std::set<std::string>& nevras) {
  const std::vector<std::string> installed = installed_packages(host);
  std::vector<std::string> found;
  for (const std::string& nevra : nevras) {
    if (std::binary_search(installed.begin(), installed.end(), nevra)) {
      found.push_back(nevra);
    }
  }
  return found;
}

/// What a package lost in a power cut: rpm does not sync files, so that they may be absent or empty although
/// the rpmdb has the package. Paths by package.
std::map<std::string, std::vector<std::string>> damaged(const host::Host& host,
                                                        const std::vector<std::string>& nevras) {
  std::map<std::string, std::vector<std::string>> found;
  for (const std::string& nevra : nevras) {
    const CommandResult checked =
        host.ask({"rpm", "-V", "--nodeps", "--noscripts", nevra}, std::chrono::minutes(5));
    for (const std::string_view line : split(checked.out, '\n')) {
      const bool is_missing = line.starts_with("missing ");
      const bool is_other = line.size() > 2 && (line[0] == 'S' || line[2] == '5');
      const std::size_t slash = line.find('/');
      if ((is_missing || is_other) && slash != std::string_view::npos) {
        found[nevra].emplace_back(line.substr(slash));
      }
    }
  }
  return found;
}

/// Adds the folders that these packages will make: rpm leaves behind those that no package owns.
void add_missing_folders(const host::Host& host, const std::vector<const format::Rpm*>& packages,
                         std::set<std::string, std::greater<>>& folders) {
  if (packages.empty()) {
    return;
  }
  std::vector<std::string> argv{"rpm", "-qpl", "--nosignature", "--nodigest"};
  for (const format::Rpm* package : packages) {
    argv.push_back(host.at(host::payload_path(package->path)).string());
  }
  const CommandResult listed = host.run(argv);
  for (const std::string_view line : split(listed.out, '\n')) {
    if (line.starts_with('/')) {  // `(contains no files)` is no path
      const std::vector<std::string> missing = host::missing_folders(host, std::string(line));
      folders.insert(missing.begin(), missing.end());
    }
  }
}

class Rpms final : public steps::Action {
 public:
  Rpms(const format::Index& index, const spec::Roles& roles) : index_(index), roles_(roles) {}

  std::string describe() const override {
    return join(dnf_command({}, "install", packages_to_request(index_, roles_)), " ") + "\n";
  }
  json::Object inputs() const override {
    const std::vector<std::string> nevras = packages_to_request(index_, roles_);
    return {{"packages", json::Array(nevras.begin(), nevras.end())}};
  }

  bool is_done(steps::Context& context) override {
    return !was_cut_off(context) && lacking(context.host).empty();
  }

  steps::Change capture(steps::Context& context) override {
    const std::vector<std::string> installed = installed_packages(context.host);
    const steps::Change* earlier = context.captured(kType, kKey);
    Ours ours = earlier == nullptr ? Ours() : ours_of(*earlier);
    std::vector<const format::Rpm*> packages;
    for (const format::Rpm* package : role_packages(index_, roles_)) {
      if (!std::binary_search(installed.begin(), installed.end(), package->nevra)) {
        ours.absent.insert(package->nevra);
        packages.push_back(package);
      }
    }
    const std::vector<std::string> keys = installed_keys(context.host);
    add_missing_folders(context.host, packages, ours.folders);
    add_key_versions(index_, ours.key_versions);
    return {.type = std::string(kType),
            .key = std::string(kKey),
            .before = {{"keys", json::Array(keys.begin(), keys.end())}, {"ours", to_json(ours)}}};
  }

  void apply(steps::Context& context) override {
    if (was_cut_off(context)) {
      mend(context.host, ours_of(*context.captured(kType, kKey)).absent);
    }
    if (const std::vector<std::string> wanted = lacking(context.host); !wanted.empty()) {
      context.host.run_to_its_end(dnf_command({}, "install", wanted), kTransactionTimeout);
    }
    ::sync();
    context.mark(on_disk());
  }

  void verify(steps::Context& context) override {
    if (const std::vector<std::string> left = lacking(context.host); !left.empty()) {
      throw Error(ErrorKind::step,
                  fmt::format("dnf ended well, but these are not installed: {}", join(left, " ")),
                  "look at /var/log/dnf.log");
    }
  }

 private:
  std::vector<std::string> lacking(const host::Host& host) const {
    return packages_lacking(index_, roles_, installed_packages(host));
  }

  /// The mark that says that what these roles ask for is on disk.
  json::Object on_disk() const { return {{"on-disk", sha256_hex(json::canonical(inputs()))}}; }

  /// Whether a transaction of ours for the same packages has begun and nothing says that it reached the disk.
  bool was_cut_off(const steps::Context& context) const {
    const json::Array& marks = context.marks();
    const bool is_on_disk = std::any_of(marks.begin(), marks.end(), [&](const json::Value& mark) {
      return mark == json::Value(kAnyOnDisk) || mark == json::Value(on_disk());
    });
    return context.captured(kType, kKey) != nullptr && !is_on_disk;
  }

  /// Installs again what an earlier transaction of ours left without its files.
  static void mend(const host::Host& host, const std::set<std::string>& absent) {
    std::vector<std::string> again;
    for (const auto& [nevra, paths] : damaged(host, present(host, absent))) {
      again.push_back(nevra);
      for (const std::string& path : paths) {
        // rpm would keep a configuration file that differs from the packaged one.
        std::error_code ignored;
        std::filesystem::remove(host.at(path), ignored);
      }
    }
    if (!again.empty()) {
      host.log.warn(fmt::format("files of {} did not reach the disk the last time; they are installed again",
                                join(again, ", ")));
      host.run_to_its_end(dnf_command({}, "reinstall", again), kTransactionTimeout);
    }
  }

  const format::Index& index_;
  spec::Roles roles_;
};

}  // namespace

std::vector<std::string> installed_packages(const host::Host& host) {
  return host::rpmdb_packages(host, host::rpmdb_folder(host));
}

std::unique_ptr<steps::Action> install_rpms(const format::Index& index, const spec::Roles& roles) {
  return std::make_unique<Rpms>(index, roles);
}

void undo_packages(host::Host& host, const steps::Change& change) {
  const Ours ours = ours_of(change);
  if (const std::vector<std::string> there = present(host, ours.absent); !there.empty()) {
    std::vector<std::string> argv{"rpm", "-e"};
    argv.insert(argv.end(), there.begin(), there.end());
    host.run_to_its_end(argv, kTransactionTimeout);
  }
  // Also where an earlier undo was cut off between the packages and these.
  host::remove_if_empty(host, {ours.folders.begin(), ours.folders.end()});
  const std::vector<std::string> before = json::texts_at(change.before, "keys");
  for (const std::string& key : installed_keys(host)) {
    const bool is_of_bundle = std::any_of(
        ours.key_versions.begin(), ours.key_versions.end(),
        [&](const std::string& version) { return key.starts_with("gpg-pubkey-" + version + "-"); });
    if (is_of_bundle && std::find(before.begin(), before.end(), key) == before.end()) {
      host.run_to_its_end({"rpm", "-e", "--allmatches", key}, kTransactionTimeout);
    }
  }
}

}  // namespace bundle::deliver
