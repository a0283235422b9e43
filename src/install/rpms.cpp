#include "install/rpms.hpp"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "install/facts.hpp"
#include "install/packages.hpp"
#include "install/payload.hpp"
#include "install/private_rpmdb.hpp"

namespace bundle::install {
namespace {

constexpr auto kTransactionTimeout = std::chrono::minutes(60);
constexpr std::string_view kKeyFolder = "rpms/keys/";
/// A mark in the journal: all that dnf wrote is on disk.
constexpr std::string_view kOnDisk = "on disk";

std::vector<std::string> query(const Host& host, const std::vector<std::string>& selection,
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
std::vector<std::string> installed_keys(const Host& host) {
  return query(host, {"gpg-pubkey"}, "%{NAME}-%{VERSION}-%{RELEASE}\\n");
}

std::vector<std::string> key_paths(const format::Index& index) {
  std::vector<std::string> paths;
  for (const format::Entry& entry : index.entries) {
    if (entry.path.str().starts_with(kKeyFolder)) {
      paths.push_back(payload_path(entry.path.str()));
    }
  }
  return paths;
}

/// The last eight digits of the fingerprints in REPOSITORY-FINGERPRINT.asc: rpm's version of a gpg-pubkey.
json::Array key_versions(const format::Index& index) {
  json::Array versions;
  for (const std::string& path : key_paths(index)) {
    const std::string stem = std::filesystem::path(path).stem().string();
    versions.push_back(lower(stem.substr(stem.size() < 8 ? 0 : stem.size() - 8)));
  }
  return versions;
}

/// Of these NEVRAs those that are installed now.
std::vector<std::string> present(const Host& host, const std::vector<std::string>& nevras) {
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
std::map<std::string, std::vector<std::string>> damaged(const Host& host,
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

/// The folders that these packages will make, the innermost first: rpm leaves behind those that no package
/// owns.
json::Array missing_folders(const Host& host, const std::vector<const format::Rpm*>& packages) {
  if (packages.empty()) {
    return {};
  }
  std::vector<std::string> argv{"rpm", "-qpl", "--nosignature", "--nodigest"};
  for (const format::Rpm* package : packages) {
    argv.push_back(host.at(payload_path(package->path)).string());
  }
  std::set<std::string, std::greater<>> folders;
  const CommandResult listed = host.run(argv);
  for (const std::string_view line : split(listed.out, '\n')) {
    for (std::filesystem::path path = std::filesystem::path(line).parent_path();
         line.starts_with('/') && path.has_relative_path() && !host.exists(path.string());
         path = path.parent_path()) {
      folders.insert(path.string());
    }
  }
  return {folders.begin(), folders.end()};
}

class Rpms final : public Action {
 public:
  Rpms(const format::Index& index, Journal& journal, const spec::Roles& roles)
      : index_(index), journal_(journal), roles_(roles) {}

  std::string describe() const override {
    return join(dnf("install", packages_to_request(index_, roles_)), " ") + "\n";
  }

  bool is_done(Host& host) override {
    const StepRecord* record = journal_.find(kPackagesStep);
    const bool was_cut_off = record != nullptr && record->state != StepState::undone && record->marks.empty();
    return !was_cut_off && lacking(host).empty();
  }

  Change capture(Host& host) override {
    const std::vector<std::string> installed = installed_packages(host);
    json::Array absent;
    std::vector<const format::Rpm*> packages;
    for (const format::Rpm* package : role_packages(index_, roles_)) {
      if (!std::binary_search(installed.begin(), installed.end(), package->nevra)) {
        absent.push_back(package->nevra);
        packages.push_back(package);
      }
    }
    const std::vector<std::string> keys = installed_keys(host);
    return {.type = "packages",
            .key = "rpmdb",
            .before = {{"absent", std::move(absent)},
                       {"folders", missing_folders(host, packages)},
                       {"keys", json::Array(keys.begin(), keys.end())},
                       {"key-versions", key_versions(index_)}}};
  }

  void apply(Host& host) override {
    mend(host);
    if (const std::vector<std::string> wanted = lacking(host); !wanted.empty()) {
      host.run(dnf("install", wanted), kTransactionTimeout);
    }
    ::sync();
    journal_.mark(std::string(kPackagesStep), kOnDisk, host.now());
  }

  void verify(Host& host) override {
    if (const std::vector<std::string> left = lacking(host); !left.empty()) {
      throw Error(ErrorKind::step,
                  fmt::format("dnf ended well, but these are not installed: {}", join(left, " ")),
                  "look at /var/log/dnf.log");
    }
  }

 private:
  static std::vector<std::string> dnf(const std::string& verb, const std::vector<std::string>& packages) {
    std::vector<std::string> argv{"dnf",
                                  "-y",
                                  "--noplugins",
                                  fmt::format("--setopt=reposdir={}/dnf", kStateFolder),
                                  fmt::format("--setopt=cachedir={}/dnf/cache", kStateFolder),
                                  "--setopt=install_weak_deps=0",
                                  verb};
    argv.insert(argv.end(), packages.begin(), packages.end());
    return argv;
  }

  std::vector<std::string> lacking(const Host& host) const {
    return packages_lacking(index_, roles_, installed_packages(host));
  }

  /// Installs again what an earlier transaction of ours left without its files.
  void mend(Host& host) {
    const StepRecord* record = journal_.find(kPackagesStep);
    if (record == nullptr || record->changes.empty() || !record->marks.empty()) {
      return;
    }
    std::vector<std::string> again;
    const std::vector<std::string> ours =
        present(host, json::texts_at(record->changes.back().before, "absent"));
    for (const auto& [nevra, paths] : damaged(host, ours)) {
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
      host.run(dnf("reinstall", again), kTransactionTimeout);
    }
  }

  const format::Index& index_;
  Journal& journal_;
  spec::Roles roles_;
};

}  // namespace

std::vector<std::string> installed_packages(const Host& host) {
  return rpmdb_packages(host, rpmdb_folder(host));
}

std::string dnf_repositories(const format::Index& index) {
  const auto has = [&](std::string_view folder) {
    return index.find_entry(fmt::format("rpms/{}/repodata/repomd.xml", folder)) != nullptr;
  };
  std::vector<std::string> keys;
  for (const std::string& path : key_paths(index)) {
    keys.push_back("file://" + path);
  }
  std::string text;
  if (has("signed")) {
    text += fmt::format(
        "[bundle-signed]\nname=packages with their vendor's "
        "signature\nbaseurl=file://{}\nenabled=1\ngpgcheck=1\n"
        "gpgkey={}\nrepo_gpgcheck=0\nmodule_hotfixes=1\n",
        payload_path("rpms/signed"), join(keys, "\n  "));
  }
  if (has("by-index")) {
    text += fmt::format(
        "[bundle-by-index]\nname=packages that the bundle's signed index vouches "
        "for\nbaseurl=file://{}\nenabled=1\n"
        "gpgcheck=0\nrepo_gpgcheck=0\nmodule_hotfixes=1\n",
        payload_path("rpms/by-index"));
  }
  return text;
}

std::unique_ptr<Action> install_rpms(const format::Index& index, Journal& journal, const spec::Roles& roles) {
  return std::make_unique<Rpms>(index, journal, roles);
}

void undo_packages(Host& host, const Change& change) {
  const std::vector<std::string> ours = present(host, json::texts_at(change.before, "absent"));
  if (!ours.empty()) {
    std::vector<std::string> argv{"rpm", "-e"};
    argv.insert(argv.end(), ours.begin(), ours.end());
    host.run(argv, kTransactionTimeout);
    for (const std::string& folder : json::texts_at(change.before, "folders")) {
      std::error_code not_empty;
      std::filesystem::remove(host.at(folder), not_empty);
    }
  }
  const std::vector<std::string> before = json::texts_at(change.before, "keys");
  const std::vector<std::string> versions = json::texts_at(change.before, "key-versions");
  for (const std::string& key : installed_keys(host)) {
    const bool is_of_bundle = std::any_of(versions.begin(), versions.end(), [&](const std::string& version) {
      return key.starts_with("gpg-pubkey-" + version + "-");
    });
    if (is_of_bundle && std::find(before.begin(), before.end(), key) == before.end()) {
      host.run({"rpm", "-e", "--allmatches", key});
    }
  }
}

}  // namespace bundle::install
