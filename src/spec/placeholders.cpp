#include "spec/placeholders.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace bundle::spec {
namespace {

constexpr std::array<std::string_view, 4> kFromTarget = {"el", "os.id", "os.version", "os.major"};

std::string value_of(std::string_view name, const std::string& version) {
  if (name == "version") {
    return version;
  }
  if (name == "version-bare") {
    return version.starts_with('v') ? version.substr(1) : version;
  }
  if (name == "minor") {
    const std::size_t first = version.find('.');
    const std::size_t second = first == std::string::npos ? first : version.find('.', first + 1);
    return version.substr(0, second);
  }
  return name == "arch" ? "x86_64" : "";
}

std::string fill(const yaml::Node& node, const std::string& version, const std::string& file) {
  std::string_view rest = node.text;
  std::string out;
  while (true) {
    const std::size_t open = rest.find('{');
    const std::size_t close = open == std::string_view::npos ? open : rest.find('}', open);
    out += rest.substr(0, open);
    if (close == std::string_view::npos) {
      return open == std::string_view::npos ? out : out + std::string(rest.substr(open));
    }
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    const bool is_from_target = std::find(kFromTarget.begin(), kFromTarget.end(), name) != kFromTarget.end();
    const std::string value = value_of(name, version);
    if (value.empty() && !is_from_target) {
      throw Error(
          ErrorKind::spec, Position{.file = file, .line = node.line, .column = node.column},
          fmt::format("unknown placeholder '{{{}}}'", first_bytes(name, 60)),
          "known are {version}, {version-bare}, {minor}, {arch}, {el}, {os.id}, {os.version} and {os.major}");
    }
    out += is_from_target ? std::string(rest.substr(open, close - open + 1)) : value;
    rest.remove_prefix(close + 1);
  }
}

void fill_all(yaml::Node& node, const std::string& version, const std::string& file) {
  if (node.is_scalar()) {
    node.text = fill(node, version, file);
  }
  for (yaml::Node& item : node.items) {
    fill_all(item, version, file);
  }
  for (auto& [key, member] : node.members) {
    if (key != "rename" && key != "ignore") {
      fill_all(member, version, file);
    }
  }
}

}  // namespace

void fill_placeholders(yaml::Node& root, const std::string& version, const std::string& file) {
  fill_all(root, version, file);
}

}  // namespace bundle::spec
