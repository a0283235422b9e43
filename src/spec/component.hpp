#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "spec/component_network.hpp"
#include "spec/image_rules.hpp"
#include "spec/repository.hpp"

namespace bundle::spec {

/// Names of host roles: `gpu`, `master`, `worker`. Empty means all of them.
using Roles = std::set<std::string>;
Roles all_roles();
/// Parses a list of role names; throws Error(spec) for another name.
Roles parse_roles(const yaml::Node& node, const std::string& file);

/// A Helm chart by repository (https:// with an index.yaml, or oci://), or as a file; with name and exact
/// version.
struct ChartSpec {
  std::string repo;
  std::string file;  ///< path of a .tgz beside the file that names it, instead of `repo`
  std::string name;
  std::string version;
  std::string release;       ///< default: name
  std::string namespace_;    ///< default: `default`
  std::string values;        ///< path of a values file beside the file that names it; may be empty
  bool skip_schema = false;  ///< values are not checked against its schema, here and on site
  ImageRules images;
  std::vector<GpgKey> gpgkeys;  ///< one of them signed its provenance file; empty: none is asked for
  Position position;
};

/// A chart row of component.yml or versions.yml. Throws Error(spec).
ChartSpec parse_chart(const yaml::Node& node, const std::string& file);

/// A manifest: an upstream URL, or a file in the component's folder.
struct ManifestSpec {
  std::string url;     ///< empty: `file`
  std::string file;    ///< name in the component's folder
  std::string sha256;  ///< pinned content, may be empty
  UpstreamSignature signature;
};

/// A program that goes into bin/ (helm): an archive at `url`, whose member `extract` becomes bin/NAME.
struct ProgramSpec {
  std::string name;
  std::string url;
  std::string extract;
  std::string sha256;  ///< of the archive; empty when `sha256_url` names a file that holds it
  std::string sha256_url;
  UpstreamSignature signature;  ///< of the archive
};

/// Images that a program of the bundle itself prints: `rpm` is downloaded, `run[0]` is the path of the
/// program inside it.
struct ImageListSpec {
  std::string rpm;
  std::vector<std::string> run;
  std::vector<std::string> table;  ///< used when the program cannot run here, and said aloud
};

/// Images that a cosign key signs.
struct CosignKey {
  std::string images;  ///< a repository (`ghcr.io/org/app`), or with a final slash all below it
  std::string pem;     ///< the public key, ECDSA on P-256
  Position position;
};

/// `cosign: [{images, key}]` of component.yml and versions.yml. Throws Error(spec).
std::vector<CosignKey> read_cosign_keys(yaml::Reader& reader);

/// Role, or `all` -> what its hosts need.
using RoleTexts = std::map<std::string, std::vector<std::string>>;

/// `rpms:` as `{all, master, worker, gpu}`, or as a list for all roles: requirements as dnf takes them.
RoleTexts read_role_packages(yaml::Reader& reader);

/// A folder of manifests/: everything that the tool knows of one system. Placeholders ({version},
/// {version-bare} without a leading v, {minor} as in v1.34, {arch}) are filled in when it is pinned.
struct Component {
  std::string name;
  std::filesystem::path folder;
  std::string version_like;  ///< a version as its upstream writes them (`v1.34.3`); empty: any is taken
  std::vector<std::string> needs;
  Roles image_roles;
  std::string apply = "master";
  std::optional<ChartSpec> chart;
  RoleTexts rpms;
  std::vector<Repository> repositories;
  std::vector<ManifestSpec> manifests;
  std::vector<ProgramSpec> programs;
  std::optional<ImageListSpec> image_list;
  std::vector<std::string> plain_images;  ///< `images: {list: […]}`: used whatever is scanned
  ImageRules images;
  std::vector<CosignKey> cosign;
  std::string pod_security;
  std::optional<PodNetwork> network;  ///< it gives pods their network
  ComponentPorts ports;
  json::Value health;  ///< as written, for the installer
  std::string smoke;
};

/// Reads manifests/NAME/component.yml for one pinned version (empty: placeholders stay). Throws Error(spec).
Component load_component(const std::filesystem::path& folder, const std::string& version);
/// The same for the bytes of its component.yml.
Component read_component(std::string_view text, const std::filesystem::path& folder,
                         const std::string& version);

/// What to write instead of `version`, where versions look like `like`: the same numbers with or without the
/// `v`, and those that are missing as in `like`. Nothing when it has that form; a suffix (`-rc.1`) is let be.
std::optional<std::string> corrected_version(const std::string& version, const std::string& like);

/// Names of all components below `manifests`, sorted.
std::vector<std::string> component_names(const std::filesystem::path& manifests);

}  // namespace bundle::spec
