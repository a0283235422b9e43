#pragma once

#include <string>
#include <string_view>

#include "base/yaml.hpp"
#include "images/compose.hpp"

namespace bundle::images {

/// What holds for everything below a node of an object; views go into the nodes.
struct Scope {
  std::string klass;           ///< of fields and pod specs found here
  bool has_fields = false;     ///< image fields count (custom resources, embedded documents)
  bool any_key = false;        ///< a whole value that is a full reference counts under any key
  bool is_workload = false;    ///< a pod spec here must be complete
  bool in_images = false;      ///< somewhere below a key that speaks of images
  bool is_image_map = false;   ///< this mapping is one of names to images
  bool is_image_item = false;  ///< … and this is one of its values
  bool is_artifact = false;    ///< below `artifact`
  std::string off;             ///< why all here is switched off; empty: it is not
  std::string_view unused;     ///< why fields here are no images; containers are all the same
  std::string_view hub;        ///< of a mapping further out, as are the next
  std::string_view hub_tag;
  std::string_view registry;
  std::string_view version;
  int embedding = 0;
  std::string key;  ///< the key of this node

  /// Takes up what a mapping says for names further in (`hub`, `registry`, `global`, …).
  void add_defaults(const yaml::Node& mapping);
  /// Goes to a member of the mapping.
  void enter(const std::string& key, const yaml::Node& value);

  /// A whole value that is an image: by its key, by what it stands below, or because it can be nothing else.
  bool is_image(std::string_view text) const;
  /// The `image` of a mapping that is like a container, though it stands in no list of them: `busybox` is
  /// enough.
  bool takes_word(const yaml::Node& value, const yaml::Node& mapping) const;
  /// Of a whole value: below `artifact`, and under a key that does not speak of images, it is an OCI
  /// artifact.
  Scope for_plain_reference() const;
  /// For the siblings of the mapping that this is.
  ComposeContext compose_context(bool has_parent, bool is_list_item) const;

 private:
  bool may_stand_alone(std::string_view text) const;
};

}  // namespace bundle::images
