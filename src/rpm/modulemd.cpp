#include "rpm/modulemd.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "base/yaml.hpp"

namespace bundle::rpm {
namespace {

constexpr std::string_view kPlatform = "platform";

/// Calls `visit` with the text of each document. A line `---` can be nothing else at the left margin, and one
/// document at a time keeps the memory small.
template <class Visit>
void for_each_document(std::string_view text, Visit&& visit) {
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t next = text.find("\n---", start);
    while (next != std::string_view::npos && next + 4 < text.size() && text[next + 4] != '\n' &&
           text[next + 4] != ' ' && text[next + 4] != '\r') {
      next = text.find("\n---", next + 4);
    }
    const std::size_t end = next == std::string_view::npos ? text.size() : next + 1;
    visit(text.substr(start, end - start));
    start = end;
  }
}

std::string scalar_at(const yaml::Node& node, std::string_view key) {
  const yaml::Node* found = node.find(key);
  if (found == nullptr || !found->is_scalar()) {
    fail(ErrorKind::integrity, "a module document without '{}'", key);
  }
  return found->text;
}

std::vector<std::string> scalars(const yaml::Node* node) {
  std::vector<std::string> texts;
  if (node != nullptr) {
    for (const yaml::Node& item : node->items) {
      texts.push_back(item.text);
    }
  }
  return texts;
}

std::vector<ModuleBuild::Requirement> requirements(const yaml::Node& data) {
  std::vector<ModuleBuild::Requirement> all;
  const yaml::Node* blocks = data.find("dependencies");
  if (blocks == nullptr) {
    return all;
  }
  for (const yaml::Node& block : blocks->items) {
    if (const yaml::Node* required = block.find("requires")) {
      for (const auto& [module, streams] : required->members) {
        all.push_back({.module = module, .streams = scalars(&streams)});
      }
    }
  }
  return all;
}

/// libdnf's substitute for the context: `httpd:[2.4];nginx`, sorted, without the platform. With the real
/// contexts, or another separator, other builds of a stream win.
std::string made_up_context(const std::vector<ModuleBuild::Requirement>& dependencies) {
  std::vector<std::string> parts;
  for (const auto& [module, streams] : dependencies) {
    if (module != kPlatform) {
      parts.push_back(streams.empty() ? module : module + ":[" + join(streams, ",") + "]");
    }
  }
  std::sort(parts.begin(), parts.end());
  return parts.empty() ? "NoRequires" : join(parts, ";");
}

ModuleBuild build_of(const yaml::Node& data) {
  ModuleBuild build{.name = scalar_at(data, "name"),
                    .stream = scalar_at(data, "stream"),
                    .version = scalar_at(data, "version"),
                    .dependencies = requirements(data)};
  const yaml::Node* is_static = data.find("static_context");
  build.context = is_static != nullptr && lower(is_static->text) == "true"
                      ? scalar_at(data, "context")
                      : made_up_context(build.dependencies);
  if (const yaml::Node* artifacts = data.find("artifacts")) {
    build.artifacts = scalars(artifacts->find("rpms"));
  }
  if (const yaml::Node* demodularized = data.find("demodularized")) {
    build.demodularized = scalars(demodularized->find("rpms"));
  }
  return build;
}

DefaultStream default_of(const yaml::Node& data) {
  const yaml::Node* modified = data.find("modified");
  return {.stream = scalar_at(data, "stream"),
          .modified = modified == nullptr ? 0 : parse_unsigned(modified->text).value_or(0)};
}

/// As libmodulemd merges them, modulemd_defaults_v1_merge.
void merge_default(DefaultStream& into, const DefaultStream& from) {
  if (into.stream.empty() || from.modified > into.modified) {
    into = from;
  } else if (from.modified == into.modified && from.stream != into.stream) {
    into.stream.clear();
  }
}

/// Defaults of the file that is being read go to `defaults`.
void read_document(const yaml::Node& document, ModuleMetadata& metadata,
                   std::map<std::string, DefaultStream>& defaults) {
  const std::string kind = scalar_at(document, "document");
  const yaml::Node* data = document.find("data");
  if (data == nullptr || !data->is_mapping()) {
    fail(ErrorKind::integrity, "a module document without 'data'");
  }
  if (kind == "modulemd" && scalar_at(document, "version") == "2") {
    metadata.builds.push_back(build_of(*data));
  } else if (kind == "modulemd-defaults" && data->find("stream") != nullptr) {
    defaults[scalar_at(*data, "module")] = default_of(*data);
  }
}

}  // namespace

void read_modulemd(std::string_view text, const std::string& name, ModuleMetadata& metadata) {
  std::map<std::string, DefaultStream> defaults;
  for_each_document(text, [&](std::string_view document) {
    try {
      for (const yaml::Node& node :
           yaml::parse_all(document, name, ErrorKind::integrity, yaml::DuplicateKeys::last_wins)) {
        if (node.is_mapping()) {
          read_document(node, metadata, defaults);
        }
      }
    } catch (const Error& error) {
      metadata.problems.push_back(name + ": " + error.message());
    }
  });
  for (const auto& [module, from] : defaults) {
    merge_default(metadata.defaults[module], from);
  }
}

std::vector<std::string> required_platforms(const ModuleMetadata& metadata) {
  std::set<std::string> platforms;
  for (const ModuleBuild& build : metadata.builds) {
    for (const auto& [module, streams] : build.dependencies) {
      if (module == kPlatform) {
        platforms.insert(streams.begin(), streams.end());
      }
    }
  }
  return {platforms.begin(), platforms.end()};
}

}  // namespace bundle::rpm
