#include "images/downloads.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "base/text.hpp"
#include "images/embedded.hpp"
#include "images/node_texts.hpp"
#include "images/place.hpp"

namespace bundle::images {
namespace {

constexpr int kMaxEmbedding = 2;
constexpr std::size_t kMaxShown = 240;
constexpr std::size_t kMaxDownloads = 1000;           // nobody reads more
constexpr std::size_t kMaxExpandedBytes = 64u << 10;  // of a text whose variables are filled in
constexpr std::size_t kMaxArguments = 1000;

/// What an object may refer to by name.
struct Release {
  ServiceNames services;
  std::map<std::string, const yaml::Node*, std::less<>> config_maps;
  Variables variables;  ///< of all containers, where they agree: scripts in ConfigMaps run in some of them
};

bool is_script(std::string_view key, std::string_view text) {
  const std::string_view begin = trim(text);
  const bool is_shell = key.ends_with(".sh") || key.ends_with(".bash") || begin.starts_with("set -");
  const std::string_view first = begin.substr(0, begin.find('\n'));
  return is_shell || (first.starts_with("#!") && first.find("sh") != std::string_view::npos);
}

/// `$(NAME)` as the kubelet fills it in; what it does not know stays.
std::string with_variables(std::string_view text, const Variables& environment) {
  std::string out;
  while (true) {
    const std::size_t open = text.find("$(");
    const std::size_t close = open == std::string_view::npos ? open : text.find(')', open);
    if (close == std::string_view::npos || out.size() > kMaxExpandedBytes) {
      return out.append(text);
    }
    const auto known = environment.find(text.substr(open + 2, close - open - 2));
    out.append(text.substr(0, open));
    out.append(known == environment.end() ? text.substr(open, close + 1 - open)
                                          : std::string_view(known->second).substr(0, kMaxExpandedBytes));
    text.remove_prefix(close + 1);
  }
}

class Finder {
 public:
  Finder(const Release& release, std::vector<Download>& found) : release_(release), found_(found) {}

  void object(const Object& object) {
    if (object.is_test || object.kind == "CustomResourceDefinition") {
      return;
    }
    object_ = &object;
    if (object.kind == "ConfigMap" || object.kind == "Secret") {
      data_of(object.node);
      return;
    }
    node("", object.node, {});
  }

 private:
  template <class Visit>
  void below(std::string key, Visit&& visit) {
    path_.push_back(std::move(key));
    visit();
    path_.pop_back();
  }

  void add(const std::string& what, DownloadKind kind) {
    const std::string shown = escaped(trim(replace_all(what, "\n", " ")), kMaxShown);
    if (found_.size() >= kMaxDownloads) {
      return;
    }
    const bool is_known = std::any_of(found_.begin(), found_.end(), [&](const Download& one) {
      return one.object == object_ && one.what == shown && one.path == path_;
    });
    if (!is_known) {
      found_.push_back({.object = object_, .path = path_, .what = shown, .kind = kind});
    }
  }

  void commands(const std::vector<ShellCommand>& commands, const Variables& environment) {
    for (const ShellCommand& command : commands) {
      if (const auto kind = download_of(command, release_.services, environment)) {
        add(join(command, " "), *kind);
      }
    }
  }

  void script(std::string_view text, const Variables& environment) {
    commands(shell_commands(text, environment), environment);
  }

  void node(std::string_view key, const yaml::Node& node, const Variables& environment) {
    if (node.is_scalar()) {
      return scalar(key, node.text, environment);
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      below(fmt::format("[{}]", i), [&] { this->node(key, node.items[i], environment); });
    }
    if (!node.is_mapping() || !off_switch(node).empty()) {
      return;
    }
    const bool is_container = node.find("image") != nullptr || node.find("env") != nullptr;
    const Variables own = is_container ? environment_of(node) : environment;
    container(node, own);
    if (key == "runtime_env" || key == "runtimeEnvYAML") {
      runtime_env(node);
    }
    for (const auto& [name, member] : node.members) {
      const bool is_argv = (name == "command" || name == "args") && member.is_sequence();
      if (!is_argv && !is_never_read(name, member) && name != "annotations" && name != "status") {
        below(name, [&] { this->node(name, member, own); });
      }
    }
  }

  /// A mapping with `command` or `args`: a container, a hook, a probe, a step of something else.
  void container(const yaml::Node& node, const Variables& environment) {
    const ShellCommand command = words_of_list(node.find("command"), environment);
    const ShellCommand arguments = words_of_list(node.find("args"), environment);
    const std::string_view implied = program_of_image(scalar_of(node, "image"));
    ShellCommand argv = command;
    if (argv.empty() && !arguments.empty() && !implied.empty()) {
      argv.emplace_back(implied);
    }
    if (argv.empty() && arguments.empty()) {
      return of_variables(node, implied, environment);
    }
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    below(arguments.empty() ? "command" : "args",
          [&] { commands(commands_of(argv, environment), environment); });
    of_variables(node, implied, environment);
  }

  /// Whether a container's own list has this variable; true where it has none, and takes whole ConfigMaps.
  static bool is_own_variable(const yaml::Node& container, std::string_view name) {
    const yaml::Node* list = container.find("env");
    if (list == nullptr || !is_environment_list(*list)) {
      return container.find("envFrom") != nullptr;
    }
    return std::any_of(list->items.begin(), list->items.end(),
                       [name](const yaml::Node& row) { return scalar_of(row, "name") == name; });
  }

  /// What the environment of a container has its program fetch.
  void of_variables(const yaml::Node& node, std::string_view program, const Variables& environment) {
    below(node.find("env") == nullptr ? "envFrom" : "env", [&] {
      for (const auto& [name, value] : environment) {
        const bool is_model = name == "MODEL_ID" && program.starts_with("text-");
        const auto kind = is_model ? download_of({std::string(program), "--model-id", value},
                                                 release_.services, environment)
                                   : download_of_variable(name, value, release_.services);
        if (kind && (is_model || is_own_variable(node, name))) {
          add(name + "=" + value, *kind);
        }
      }
    });
  }

  static bool is_environment_list(const yaml::Node& list) {
    return list.is_sequence() && std::all_of(list.items.begin(), list.items.end(), [](const yaml::Node& row) {
             return !scalar_of(row, "name").empty();
           });
  }

  static ShellCommand words_of_list(const yaml::Node* list, const Variables& environment) {
    ShellCommand words;
    const bool is_list = list != nullptr && list->is_sequence() &&
                         std::all_of(list->items.begin(), list->items.end(),
                                     [](const yaml::Node& item) { return item.is_scalar(); });
    for (std::size_t i = 0; is_list && i < std::min(list->items.size(), kMaxArguments); ++i) {
      words.push_back(with_variables(list->items[i].text, environment));
    }
    return words;
  }

  Variables environment_of(const yaml::Node& node) const {
    Variables environment;
    if (const yaml::Node* from = node.find("envFrom")) {
      for (const yaml::Node& row : from->items) {
        add_config_map(text_at(row, {"configMapRef", "name"}), environment);
      }
    }
    const yaml::Node* list = node.find("env");
    for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
      const yaml::Node& row = list->items[i];
      const std::string name(scalar_of(row, "name"));
      std::string value(scalar_of(row, "value"));
      if (const auto map = release_.config_maps.find(text_at(row, {"valueFrom", "configMapKeyRef", "name"}));
          map != release_.config_maps.end()) {
        value = scalar_of(*map->second, text_at(row, {"valueFrom", "configMapKeyRef", "key"}));
      }
      if (row.find("valueFrom") == nullptr || !value.empty()) {
        environment.insert_or_assign(name, with_variables(value, environment));
      }
    }
    return environment;
  }

  void add_config_map(const std::string& name, Variables& environment) const {
    if (const auto map = release_.config_maps.find(name); map != release_.config_maps.end()) {
      for (const auto& [key, value] : map->second->members) {
        environment.insert_or_assign(key, value.text);
      }
    }
  }

  void scalar(std::string_view key, std::string_view text, const Variables& environment) {
    const std::string_view value = trim(text);
    const bool is_model =
        value.starts_with("hf://") || value.starts_with("ollama://") || value.starts_with("modelscope://");
    if (is_model && value.find_first_of(" \n{$") == std::string_view::npos) {
      return add(std::string(value), DownloadKind::model);
    }
    if (is_script(key, text)) {
      return script(text, environment);
    }
    std::vector<yaml::Node> documents;
    if (embedding_ < kMaxEmbedding && value.find('\n') != std::string_view::npos &&
        parse_embedded(value, documents)) {
      ++embedding_;
      for (const yaml::Node& document : documents) {
        node(key, document, environment);
      }
      --embedding_;
    }
  }

  /// What Ray fetches before it runs something: packages, and code by URL.
  /// Source: docs.ray.io "Environment Dependencies", Runtime Environments.
  void runtime_env(const yaml::Node& env) {
    for (const std::string_view name : {"pip", "uv", "conda"}) {
      if (const yaml::Node* packages = env.find(name); packages != nullptr && !packages->items.empty()) {
        const Strings names = texts_at(env, name);
        below(std::string(name),
              [&] { add(fmt::format("{}: {}", name, join(names, ", ")), DownloadKind::packages); });
      }
    }
    Strings urls = texts_at(env, "py_modules");
    urls.emplace_back(scalar_of(env, "working_dir"));
    for (const std::string& url : urls) {
      if (leads_outside(url, release_.services)) {
        add(url, DownloadKind::sources);
      }
    }
  }

  void data_of(const yaml::Node& object) {
    for (const std::string_view name : {"data", "stringData"}) {
      const yaml::Node* data = object.find(name);
      if (data == nullptr || !data->is_mapping()) {
        continue;
      }
      yaml::Node decoded;
      if (object_->kind == "Secret" && name == "data") {
        decoded = decode_values(*data);
        data = &decoded;
      }
      below(std::string(name), [&] {
        for (const auto& [key, value] : data->members) {
          if (!is_example(key)) {
            below(key, [&] { scalar(key, value.text, release_.variables); });
          }
        }
      });
    }
  }

  const Release& release_;
  std::vector<Download>& found_;
  const Object* object_ = nullptr;
  std::vector<std::string> path_;
  int embedding_ = 0;
};

/// Literal values of all environments by name; nothing for names with several values.
void gather_variables(const yaml::Node& node, Variables& values, std::set<std::string>& ambiguous) {
  if (const yaml::Node* list = node.find("env"); list != nullptr && list->is_sequence()) {
    for (const yaml::Node& row : list->items) {
      const std::string name(scalar_of(row, "name"));
      const std::string value(scalar_of(row, "value"));
      const auto [known, is_new] = values.emplace(name, value);
      if (!is_new && known->second != value) {
        ambiguous.insert(name);
      }
    }
  }
  for (const yaml::Node& item : node.items) {
    gather_variables(item, values, ambiguous);
  }
  for (const auto& [key, member] : node.members) {
    gather_variables(member, values, ambiguous);
  }
}

Release release_of(const std::vector<Object>& objects) {
  Release release;
  std::set<std::string> ambiguous;
  for (const Object& object : objects) {
    if (object.kind == "Service") {
      release.services.insert(object.name);
    } else if (object.kind == "ConfigMap") {
      if (const yaml::Node* data = object.node.find("data")) {
        release.config_maps.emplace(object.name, data);
      }
    } else if (!object.is_test) {
      gather_variables(object.node, release.variables, ambiguous);
    }
  }
  std::erase_if(release.variables,
                [&](const auto& row) { return ambiguous.contains(row.first) || row.second.empty(); });
  return release;
}

}  // namespace

std::vector<Download> find_downloads(const std::vector<Object>& objects) {
  std::vector<Download> found;
  const Release release = release_of(objects);
  Finder finder(release, found);
  for (const Object& object : objects) {
    finder.object(object);
  }
  return found;
}

}  // namespace bundle::images
