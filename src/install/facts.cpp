#include "install/facts.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace bundle::install {
namespace {

std::string unquoted(std::string_view text) {
  const bool is_quoted =
      text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return std::string(is_quoted ? text.substr(1, text.size() - 2) : text);
}

std::string member(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  const std::string* text = found != nullptr ? found->if_string() : nullptr;
  return text != nullptr ? *text : std::string();
}

json::Value ip_json(const Host& host, std::vector<std::string> argv) {
  const CommandResult result = host.run(std::move(argv));
  return json::parse(result.out.empty() ? "[]" : result.out, "the output of ip", ErrorKind::step);
}

}  // namespace

OsRelease parse_os_release(std::string_view text) {
  OsRelease release;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trim(line).starts_with('#')) {
      continue;
    }
    const std::string_view key = trim(line.substr(0, equals));
    const std::string value = unquoted(trim(line.substr(equals + 1)));
    if (key == "ID") {
      release.id = value;
    } else if (key == "VERSION_ID") {
      release.version_id = value;
    } else if (key == "PLATFORM_ID") {
      release.platform_id = value;
    } else if (key == "PRETTY_NAME") {
      release.pretty_name = value;
    } else if (key == "ID_LIKE") {
      for (const std::string_view word : split_words(value)) {
        release.id_like.emplace_back(word);
      }
    }
  }
  return release;
}

std::vector<HostAddress> host_addresses(const Host& host) {
  std::vector<HostAddress> found;
  const json::Value links = ip_json(host, {"ip", "-j", "-4", "address", "show", "scope", "global"});
  for (const json::Value& link : *links.if_array()) {
    const json::Value* rows = link.find("addr_info");
    if (rows == nullptr || rows->if_array() == nullptr) {
      continue;
    }
    for (const json::Value& row : *rows->if_array()) {
      const std::optional<std::uint32_t> address = spec::parse_ipv4(member(row, "local"));
      const json::Value* prefix = row.find("prefixlen");
      if (address && prefix != nullptr && prefix->if_integer() != nullptr) {
        found.push_back(
            {.interface = member(link, "ifname"),
             .network = {.address = *address, .prefix = static_cast<unsigned>(*prefix->if_integer())}});
      }
    }
  }
  return found;
}

std::string default_interface(const Host& host) {
  const json::Value routes = ip_json(host, {"ip", "-j", "-4", "route", "show", "default"});
  const json::Array* rows = routes.if_array();
  return rows == nullptr || rows->empty() ? std::string() : member(rows->front(), "dev");
}

std::string host_name(const Host& host) { return host.read("/proc/sys/kernel/hostname").value_or(""); }

}  // namespace bundle::install
