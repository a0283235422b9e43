#include "host/rpmdb.hpp"

#include <algorithm>
#include <map>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "spec/nevra.hpp"

namespace bundle::host {

std::vector<std::string> rpmdb_packages(const Host& host, const std::string& dbpath) {
  const CommandResult result = host.run({"rpm", "--dbpath", dbpath, "-qa", "--qf",
                                         "%{NAME}-%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}.%{ARCH}\\n"});
  std::vector<std::string> packages;
  for (const std::string_view line : split(result.out, '\n')) {
    if (!line.empty() && !line.starts_with("gpg-pubkey-")) {
      const std::optional<spec::Nevra> nevra = spec::parse_nevra(line);
      packages.push_back(nevra ? nevra->str() : std::string(line));
    }
  }
  std::sort(packages.begin(), packages.end());
  return packages;
}

std::vector<std::string> enabled_modules(const Host& host) {
  std::vector<std::string> modules;
  for (const std::string& file : host.list("/etc/dnf/modules.d")) {
    const std::string text = host.read("/etc/dnf/modules.d/" + file).value_or("");
    std::map<std::string, std::string, std::less<>> keys;
    for (const std::string_view line : split(text, '\n')) {
      if (const std::size_t equals = line.find('='); equals != std::string_view::npos) {
        keys.insert_or_assign(std::string(trim(line.substr(0, equals))),
                              std::string(trim(line.substr(equals + 1))));
      }
    }
    if (keys["state"] == "enabled" && !keys["stream"].empty()) {
      modules.push_back(keys["name"] + ":" + keys["stream"]);
    }
  }
  return modules;
}

}  // namespace bundle::host
