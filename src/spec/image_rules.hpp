#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/yaml.hpp"

namespace bundle::spec {

/// Where in rendered objects a rule holds: an object kind and a path of keys (`spec.driver`; a part may be
/// `{a,b}` for alternatives or `*`).
struct Place {
  std::string kind;
  std::string path;
  bool operator==(const Place&) const = default;
};

/// Tests one value, addressed from the object at the rule's place: exactly one of the three is set.
struct Condition {
  std::string path;
  std::optional<std::string> is;
  std::optional<std::string> starts_with;
  std::optional<bool> exists;
  bool operator==(const Condition&) const = default;
};

/// An image that an operator has compiled in, read at exactly the operator image `for_operator`.
struct ImageAdd {
  std::string image;
  std::string for_operator;  ///< empty in versions.yml: always
  std::optional<std::string>
      kind;  ///< only when an object of this kind is rendered (`when: {kind: APIServer}`)
  std::string because;
  Position position;
};

/// What was found at a place is a stem; `to` replaces it. Placeholders: {repository} {image} {version} {tag}
/// {registry} {os.id} {os.version} {os.major}.
struct ImageRename {
  Place at;
  std::string to;
  std::optional<Condition> unless;
  std::string because;
  Position position;
};

/// What was found at a place is not needed.
struct ImageIgnore {
  Place at;
  std::optional<Condition> unless;
  std::string because;
  Position position;
};

/// The key `images:` of component.yml, of a component or chart in versions.yml, and of versions.yml beside
/// its list.
struct ImageRules {
  std::vector<ImageAdd> add;
  std::vector<ImageRename> rename;
  std::vector<ImageIgnore> ignore;
  std::vector<std::string> operators;  ///< image repositories of the controllers that this speaks of, for
                                       ///< manifests that come without their chart
  std::string none_compiled_in;        ///< who says so and why; empty: nobody has said anything

  /// Appends the other's rules.
  void merge(const ImageRules& other);
};

/// Parses the mapping; each row must have `because`. Throws Error(spec) with file:line:column.
ImageRules parse_image_rules(const yaml::Node& node, const std::string& file);
/// The same for a mapping that has other keys too; the caller calls done().
ImageRules read_image_rules(yaml::Reader& reader);

}  // namespace bundle::spec
