#include "host/kernel.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/text.hpp"

namespace bundle::host {
namespace {

constexpr std::string_view kSysctlFolder = "/etc/sysctl.d";

/// What a file of `sysctl --system` says of a parameter.
struct Setting {
  std::string file;
  std::string value;
};

/// The files that `sysctl --system` reads, in the order in which they win: the last one does.
/// Source: sysctl.d(5).
std::vector<std::string> sysctl_files(const Host& host) {
  std::map<std::string, std::string> by_name;
  for (const std::string folder : {"/usr/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d"}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(host.at(folder), error)) {
      if (entry.path().extension() == ".conf") {
        by_name[entry.path().filename().string()] = folder + "/" + entry.path().filename().string();
      }
    }
  }
  std::vector<std::string> files;
  for (const auto& [name, path] : by_name) {
    files.push_back(path);
  }
  files.emplace_back("/etc/sysctl.conf");
  return files;
}

/// Of several lines the last one counts.
std::optional<Setting> setting_in(const Host& host, const std::string& file, const std::string& name) {
  std::optional<Setting> found;
  const std::string content = host.read(file).value_or("");
  for (const std::string_view line : split(content, '\n')) {
    const std::size_t equals = line.find('=');
    const std::string key = replace_all(trim(line.substr(0, equals)), "/", ".");
    if (equals != std::string_view::npos && (key == name || key == "-" + name)) {
      found = {.file = file, .value = std::string(trim(line.substr(equals + 1)))};
    }
  }
  return found;
}

/// The one that wins at a boot, were `except` not there.
std::optional<Setting> last_setting(const Host& host, const std::string& name, const std::string& except) {
  std::optional<Setting> last;
  for (const std::string& file : sysctl_files(host)) {
    if (std::optional<Setting> found = setting_in(host, file, name); found && file != except) {
      last = std::move(found);
    }
  }
  return last;
}

}  // namespace

std::string proc_path(const std::string& sysctl) { return "/proc/sys/" + replace_all(sysctl, ".", "/"); }

bool Sysctl::takes(std::string_view other) const {
  const std::optional<std::uint64_t> number = parse_unsigned(other);
  return other == value || (at_least && number && *number >= parse_unsigned(value).value_or(UINT64_MAX));
}

std::string overriding_file(const Host& host, const Sysctl& wanted) {
  const std::optional<Setting> last = last_setting(host, wanted.name, "");
  return last && !wanted.takes(last->value) ? last->file : std::string();
}

bool has_more(const Host& host, const Sysctl& wanted, std::string_view own_file) {
  if (!wanted.at_least || !wanted.takes(host.read(proc_path(wanted.name)).value_or(""))) {
    return false;
  }
  const std::string own = std::string(kSysctlFolder) + "/" + std::string(own_file);
  const std::optional<Setting> others = last_setting(host, wanted.name, own);
  // What our own file has said since an earlier run may be why the kernel has it.
  return others ? wanted.takes(others->value) : !setting_in(host, own, wanted.name);
}

bool has_module(const Host& host, const std::string& name) {
  // What stays visible of a module that is built in, also in a container.
  static const std::map<std::string, std::string> kEffects{{"br_netfilter", "/proc/sys/net/bridge"},
                                                           {"nf_conntrack", "/proc/sys/net/netfilter"}};
  if (host.exists("/sys/module/" + name)) {
    return true;
  }
  if (name == "overlay") {
    return host.read("/proc/filesystems").value_or("").find("\toverlay") != std::string::npos;
  }
  const auto effect = kEffects.find(name);
  return effect != kEffects.end() && host.exists(effect->second);
}

}  // namespace bundle::host
