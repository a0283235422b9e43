#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"
#include "cluster/node.hpp"
#include "host/host.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

/// By the names as they are spelled: http_proxy and HTTP_PROXY are two, and some programs read the one, some
/// the other.
using Variables = std::map<std::string, std::string, std::less<>>;

/// NAME=VALUE rows; the latest counts.
void add_rows(Variables& variables, std::string_view text, char separator) {
  for (const std::string_view row : split(text, separator)) {
    if (const std::size_t equals = row.find('='); equals != std::string_view::npos) {
      std::string value(trim(row.substr(equals + 1)));
      std::erase(value, '"');
      variables.insert_or_assign(std::string(trim(row.substr(0, equals))), std::move(value));
    }
  }
}

/// What the shell that this program was started from gives kubectl and helm.
Variables of_shell(const host::Host& host) {
  Variables variables;
  add_rows(variables, host.read("/etc/environment").value_or(""), '\n');
  add_rows(variables, host.read("/proc/self/environ").value_or(""), '\0');
  return variables;
}

/// What systemd gives a daemon: Environment= of its drop-ins, DefaultEnvironment= of all. Several assignments
/// may stand in one line, in quotes. Source: systemd.exec(5), systemd-system.conf(5).
Variables of_unit(const host::Host& host, const std::string& unit) {
  std::vector<std::string> files{"/etc/systemd/system.conf"};
  for (const std::string& folder :
       {std::string("/etc/systemd/system.conf.d"), "/etc/systemd/system/" + unit + ".d"}) {
    for (const std::string& name : host.list(folder)) {
      files.push_back(folder + "/" + name);
    }
  }
  Variables variables;
  for (const std::string& file : files) {
    const std::string text = host.read(file).value_or("");
    for (std::string_view line : split(text, '\n')) {
      line = trim(line);
      const std::size_t equals = line.find('=');
      const std::string_view key = line.substr(0, equals == std::string_view::npos ? 0 : equals);
      if (key == "Environment" || key == "DefaultEnvironment") {
        std::string words(line.substr(equals + 1));
        std::replace_if(words.begin(), words.end(), [](char c) { return c == '\'' || c == '"'; }, ' ');
        for (const std::string_view word : split_words(words)) {
          add_rows(variables, word, '\0');
        }
      }
    }
  }
  return variables;
}

bool has_proxy(const Variables& variables) {
  constexpr std::array<std::string_view, 3> kNames = {"http_proxy", "https_proxy", "all_proxy"};
  return std::any_of(variables.begin(), variables.end(), [&](const auto& row) {
    return !row.second.empty() && std::find(kNames.begin(), kNames.end(), lower(row.first)) != kNames.end();
  });
}

/// Whether every spelling of no_proxy that is set excepts it, and one is set.
bool is_excepted(const Variables& variables, const std::string& wanted) {
  bool is_set = false;
  for (const auto& [name, value] : variables) {
    if (lower(name) != "no_proxy" || value.empty()) {
      continue;
    }
    is_set = true;
    const std::vector<std::string_view> parts = split(value, ',');
    if (value != "*" && std::none_of(parts.begin(), parts.end(),
                                     [&](std::string_view part) { return trim(part) == wanted; })) {
      return false;
    }
  }
  return is_set;
}

/// What the cluster needs and a proxy would be asked for, each once; empty without a proxy.
std::string lacking(const Inspection& look, const Variables& variables) {
  if (!has_proxy(variables)) {
    return {};
  }
  const std::string endpoint = cluster::endpoint_of(look.site, look.node);
  std::vector<std::string> found;
  for (const std::string& wanted : {endpoint.substr(0, endpoint.rfind(':')), look.node.address,
                                    look.site.pod_subnet, look.site.service_subnet}) {
    if (!is_excepted(variables, wanted) && std::find(found.begin(), found.end(), wanted) == found.end()) {
      found.push_back(wanted);
    }
  }
  return join(found, ", ");
}

/// The installation's own programs get none of the shell's environment.
void check_proxies(Inspection& look) {
  if (const std::string missing = lacking(look, of_shell(look.host)); !missing.empty()) {
    look.warning(
        "proxy",
        fmt::format("a proxy is set, and no_proxy lacks {}: kubectl and helm, typed here, would ask it "
                    "for the cluster (the installation itself does not)",
                    missing),
        "unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY, or add them to no_proxy and NO_PROXY");
  }
  for (const std::string unit : {"kubelet.service", "containerd.service"}) {
    if (const std::string missing = lacking(look, of_unit(look.host, unit)); !missing.empty()) {
      look.warning(
          "proxy",
          fmt::format("systemd gives {} a proxy, and its no_proxy lacks {}: it would ask it for the "
                      "cluster",
                      unit, missing),
          fmt::format("take *_PROXY out of /etc/systemd/system/{}.d and /etc/systemd/system.conf, or "
                      "add them to NO_PROXY; systemctl daemon-reload",
                      unit));
    }
  }
}

}  // namespace

std::vector<NamedCheck> proxy_checks() { return {{"the proxies", check_proxies}}; }

}  // namespace bundle::preflight
