#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"

namespace bundle::images {

/// One Kubernetes object of a rendered chart or a manifest.
struct Object {
  std::string kind;
  std::string api_version;
  std::string name;
  std::string namespace_;
  bool is_test = false;  ///< a hook of `helm test` only: never part of an installation
  yaml::Node node;

  /// The group of its API: `apps` of apps/v1, empty for v1.
  std::string group() const;
  /// `Deployment/rel-x`, for people.
  std::string title() const { return kind + "/" + name; }
};

/// Objects of a stream of YAML documents; a `kind: List` is taken apart, documents without a kind are passed
/// over. `name` (a path) goes into the errors: Error(integrity) that names the document which does not parse.
std::vector<Object> parse_objects(std::string_view text, const std::string& name);

/// Is this API group one that Kubernetes itself serves (or an extension that runs no pods by itself)?
bool is_builtin_group(std::string_view group);

/// `group/version` and `group/version/Kind` of each CustomResourceDefinition, sorted: what helm's
/// Capabilities.APIVersions would have once they are installed.
std::vector<std::string> crd_api_versions(const std::vector<Object>& objects);

}  // namespace bundle::images
