#include "host/kernel.hpp"

#include <map>
#include <vector>

#include "base/text.hpp"

namespace bundle::host {
namespace {

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

}  // namespace

std::string proc_path(const std::string& sysctl) { return "/proc/sys/" + replace_all(sysctl, ".", "/"); }

std::string overriding_file(const Host& host, const std::string& name, const std::string& value) {
  std::string found;
  for (const std::string& file : sysctl_files(host)) {
    const std::string content = host.read(file).value_or("");
    for (const std::string_view line : split(content, '\n')) {
      const std::size_t equals = line.find('=');
      const std::string key = replace_all(trim(line.substr(0, equals)), "/", ".");
      if (equals != std::string_view::npos && (key == name || key == "-" + name)) {
        found = trim(line.substr(equals + 1)) == value ? std::string() : file;
      }
    }
  }
  return found;
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
