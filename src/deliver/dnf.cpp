#include "deliver/dnf.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace bundle::deliver {
namespace {

constexpr std::string_view kKeyFolder = "rpms/keys/";
constexpr std::string_view kSignedFolder = "rpms/signed/";

/// Whether dnf needs this key (REPOSITORY-FINGERPRINT.asc): it imports every key of the list, so that one
/// that this host's rpm refuses would stop it, even where no package is checked with it.
bool is_needed(const format::Index& index, const std::string& key_path) {
  const std::string name = key_path.substr(kKeyFolder.size());
  const std::string repository = name.substr(0, name.rfind('-'));
  return std::any_of(index.rpms.begin(), index.rpms.end(), [&](const format::Rpm& package) {
    return package.repository == repository && package.path.starts_with(kSignedFolder);
  });
}

std::string section(std::string_view id, std::string_view name, const std::string& payload,
                    const std::string& trust) {
  return fmt::format(
      "[bundle-{0}]\nname={1}\nbaseurl=file://{2}/rpms/{0}\nenabled=1\n{3}repo_gpgcheck=0\n"
      "module_hotfixes=1\nskip_if_unavailable=0\n",
      id, name, payload, trust);
}

}  // namespace

std::vector<std::string> key_paths(const format::Index& index) {
  std::vector<std::string> paths;
  for (const format::Entry& entry : index.entries) {
    if (entry.path.str().starts_with(kKeyFolder)) {
      paths.push_back(entry.path.str());
    }
  }
  return paths;
}

std::string dnf_configuration(const DnfFolders& folders) {
  return fmt::format(
      "# The whole configuration of dnf for the packages of a bundle, in preflight's trial and in the\n"
      "# installation: what /etc/dnf/dnf.conf says, its excludes included, plays no part.\n"
      "[main]\nreposdir={0}\ncachedir={0}/cache\nmetadata_expire=0\ngpgcheck=1\nplugins=0\nbest=1\n"
      "install_weak_deps=0\ninstallonly_limit=0\n",
      folders.dnf);
}

std::string dnf_repositories(const format::Index& index, const DnfFolders& folders) {
  const auto has = [&](std::string_view folder) {
    return index.find_entry(fmt::format("rpms/{}/repodata/repomd.xml", folder)) != nullptr;
  };
  std::vector<std::string> keys;
  for (const std::string& path : key_paths(index)) {
    if (is_needed(index, path)) {
      keys.push_back(fmt::format("file://{}/{}", folders.payload, path));
    }
  }
  std::string text;
  if (has("signed")) {
    text += section("signed", "packages with their vendor's signature", folders.payload,
                    fmt::format("gpgcheck=1\ngpgkey={}\n", join(keys, "\n  ")));
  }
  if (has("by-index")) {
    text += section("by-index", "packages that the bundle's signed index vouches for", folders.payload,
                    "gpgcheck=0\n");
  }
  return text;
}

std::vector<std::string> dnf_command(const DnfFolders& folders, const std::string& verb,
                                     const std::vector<std::string>& packages,
                                     const std::vector<std::string>& more) {
  std::vector<std::string> argv{"dnf", "-c",          folders.configuration_path(),
                                "-y",  "--noplugins", "--disableexcludes=all"};
  argv.insert(argv.end(), more.begin(), more.end());
  argv.push_back(verb);
  argv.insert(argv.end(), packages.begin(), packages.end());
  return argv;
}

}  // namespace bundle::deliver
