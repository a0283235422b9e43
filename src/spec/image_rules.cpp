#include "spec/image_rules.hpp"

namespace bundle::spec {
namespace {

std::optional<Condition> parse_condition(yaml::Reader& row, std::string_view key) {
  const yaml::Node* node = row.optional(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  yaml::Reader reader(*node, row.file(), "a condition");
  Condition made{.path = reader.text("path")};
  if (const yaml::Node* is = reader.optional("is")) {
    made.is = reader.scalar(*is, "'is'");
  }
  if (const yaml::Node* starts_with = reader.optional("startsWith")) {
    made.starts_with = reader.scalar(*starts_with, "'startsWith'");
  }
  if (reader.optional("exists") != nullptr) {
    made.exists = reader.boolean_or("exists", true);
  }
  reader.done();
  const int tests = (made.is ? 1 : 0) + (made.starts_with ? 1 : 0) + (made.exists ? 1 : 0);
  if (tests != 1) {
    reader.fail_at(*node, "a condition has exactly one of 'is', 'startsWith' and 'exists'");
  }
  return made;
}

Place parse_place(yaml::Reader& row) {
  yaml::Reader reader(row.required("at"), row.file(), "'at'");
  Place made{.kind = reader.text("kind"), .path = reader.text("path")};
  reader.done();
  return made;
}

ImageAdd parse_add(const yaml::Node& node, const std::string& file) {
  yaml::Reader row(node, file, "a row of 'add'");
  ImageAdd made{.image = row.text("image"),
                .for_operator = row.text_or("for", ""),
                .because = row.text("because"),
                .position = row.at(node)};
  if (const yaml::Node* when = row.optional("when")) {
    yaml::Reader reader(*when, file, "'when'");
    made.kind = reader.text("kind");
    reader.done();
  }
  row.done();
  return made;
}

ImageRename parse_rename(const yaml::Node& node, const std::string& file) {
  yaml::Reader row(node, file, "a row of 'rename'");
  ImageRename made{.at = parse_place(row),
                   .to = row.text("to"),
                   .unless = parse_condition(row, "unless"),
                   .because = row.text("because"),
                   .position = row.at(node)};
  row.done();
  return made;
}

ImageIgnore parse_ignore(const yaml::Node& node, const std::string& file) {
  yaml::Reader row(node, file, "a row of 'ignore'");
  ImageIgnore made{.at = parse_place(row),
                   .unless = parse_condition(row, "unless"),
                   .because = row.text("because"),
                   .position = row.at(node)};
  row.done();
  return made;
}

}  // namespace

void ImageRules::merge(const ImageRules& other) {
  add.insert(add.end(), other.add.begin(), other.add.end());
  rename.insert(rename.end(), other.rename.begin(), other.rename.end());
  ignore.insert(ignore.end(), other.ignore.begin(), other.ignore.end());
  operators.insert(operators.end(), other.operators.begin(), other.operators.end());
  if (none_compiled_in.empty()) {
    none_compiled_in = other.none_compiled_in;
  }
}

ImageRules read_image_rules(yaml::Reader& reader) {
  ImageRules made;
  for (const yaml::Node& row : reader.items("add")) {
    made.add.push_back(parse_add(row, reader.file()));
  }
  for (const yaml::Node& row : reader.items("rename")) {
    made.rename.push_back(parse_rename(row, reader.file()));
  }
  for (const yaml::Node& row : reader.items("ignore")) {
    made.ignore.push_back(parse_ignore(row, reader.file()));
  }
  made.operators = reader.texts("operators");
  made.none_compiled_in = reader.text_or("none-compiled-in", "");
  return made;
}

ImageRules parse_image_rules(const yaml::Node& node, const std::string& file) {
  yaml::Reader reader(node, file, "'images'");
  ImageRules made = read_image_rules(reader);
  reader.done();
  return made;
}

}  // namespace bundle::spec
