#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/relpath.hpp"
#include "spec/component.hpp"
#include "spec/digest.hpp"
#include "spec/reference.hpp"

namespace bundle::spec {

/// `components: {name: version}` or the long form.
struct ComponentPin {
  std::string name;
  std::string version;
  std::string values;  ///< path as written, relative to versions.yml; may be empty
  std::optional<Roles> roles;
  bool skip_schema = false;  ///< of its chart
  ImageRules images;
  Position position;
};

/// A file to carry along, fetched over https.
struct FileSpec {
  std::string url;
  std::string sha256;
  std::optional<std::uint64_t> size_bytes;
  RelPath path;
  Roles roles;
  std::string to;
  unsigned mode = 0644;
  UpstreamSignature signature;
};

/// versions.yml as the user wrote it.
struct Versions {
  std::filesystem::path file;
  std::string content;  ///< its very bytes, for the digest in the lock
  std::string bundle;
  std::string version;
  std::string os;
  std::string arch;
  std::string base;  ///< name of a list, or a path relative to versions.yml; `none`: nothing is installed
  std::vector<ComponentPin> components;
  std::vector<Reference> images;
  ImageRules image_rules;  ///< `images:` as a mapping {list, add, rename, ignore}: for everything
  std::vector<CosignKey> cosign;
  RoleTexts rpms;
  std::vector<ChartSpec> charts;
  std::vector<FileSpec> files;
  std::map<std::string, Digest>
      digests;                     ///< of an image reference, or of a path in the bundle: vouched for by hand
  bool refuses_first_use = false;  ///< `policy: {first-use: refuse}`
  std::vector<yaml::Node> repositories;  ///< rows of `repositories:`, applied with parse_repository

  /// A path that the file names, resolved against its folder.
  std::filesystem::path resolve(const std::string& path) const { return file.parent_path() / path; }
};

/// [a-z0-9-], at most 60: it becomes part of file names.
bool is_bundle_name(const std::string& text);
/// Dotted integers: they become part of file names too.
bool is_bundle_version(const std::string& text);

/// Parses and checks versions.yml: exact pins, known keys, no duplicates. Throws Error(spec) with
/// file:line:column.
Versions load_versions(const std::filesystem::path& file);
/// The same for its bytes; `file` is for errors and for what it names.
Versions read_versions(std::string content, const std::filesystem::path& file);

/// -1, 0, 1 for dotted integers (bundle versions): 2026.9 < 2026.10.
int compare_versions(const std::string& a, const std::string& b);

}  // namespace bundle::spec
