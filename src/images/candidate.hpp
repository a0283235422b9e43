#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "images/objects.hpp"

namespace bundle::images {

/// The pieces that a reference was composed of, as written; the placeholders of `rename`.
struct ImageParts {
  std::string registry;
  std::string repository;
  std::string image;
  std::string tag;
  std::string version;
};

/// The doubt about a name whose tag, version and digest are there and empty.
inline constexpr std::string_view kVersionElsewhere = "its tag comes from elsewhere";

/// Something that is an image, or looks like one, at one place of one object; nothing is decided yet.
struct Candidate {
  std::string text;   ///< the reference as written or composed
  std::string klass;  ///< podspec, cr-field, env, arg, configmap, annotation
  const Object* object = nullptr;
  std::vector<std::string> path;   ///< keys; `[0]` for an item of a list
  const yaml::Node* at = nullptr;  ///< the mapping that holds it, for conditions of rules; may be null
  ImageParts parts;
  std::string off;               ///< why it is switched off; empty: it is not
  std::string doubt;             ///< why it is undecided; empty: it is an image for certain
  bool is_of_container = false;  ///< the `image` of a container, which the runtime pulls as it is written
  std::optional<std::string> only_os;  ///< taken on nodes whose OS fits this pattern (os_choice.hpp) …
  std::vector<std::string> unless_os;  ///< … and this one where none of these fits
  bool is_leftover = false;  ///< a word in a text: counts only when nothing else gave the same reference
};

/// What the walk of some objects found. `embedded` owns the documents inside ConfigMaps that candidates point
/// into; the objects themselves must outlive this.
struct Candidates {
  std::deque<yaml::Node> embedded;
  std::vector<Candidate> all;
};

/// `spec.containers[0].image`; a key with a dot is written `data["a.yaml"]`.
std::string to_string(const std::vector<std::string>& path);
/// The same as the path of a rule, which has no list positions; pasted into `at:` it names this very place.
std::string rule_path(const std::vector<std::string>& path);

}  // namespace bundle::images
