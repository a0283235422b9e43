#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.hpp"

namespace bundle::images {

/// Parses a text inside a ConfigMap, Secret or field as YAML or JSON; false when it is neither, or only a
/// scalar (prose parses as one).
bool parse_embedded(std::string_view text, std::vector<yaml::Node>& documents);

struct TextImages {
  std::vector<std::string> found;
  bool has_template = false;  ///< a line sets an image by a template (`image: {{ … }}`)
};

/// Images in a text that is no YAML (a template, TOML, a script): the value of `…image: x` or `…image = x`,
/// and words that are full references; in a section of containers (`[runners.docker]`) a single word is an
/// image as well. Comment lines do not count.
TextImages images_in_text(std::string_view text);

/// The same mapping with each scalar that is base64 of text decoded, others left out: a Secret's `data`.
yaml::Node decode_values(const yaml::Node& data);

}  // namespace bundle::images
