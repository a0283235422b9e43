#include "preflight/inspection.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "deliver/packages.hpp"
#include "format/index.hpp"
#include "spec/nevra.hpp"

namespace bundle::preflight {

const format::Component* Inspection::component(std::string_view name) const {
  return index.find_component(name);
}

std::optional<std::uint64_t> Inspection::kubernetes_minor() const {
  const format::Component* kubernetes = component("kubernetes");
  if (kubernetes == nullptr) {
    return std::nullopt;
  }
  const std::vector<std::string_view> numbers = split(kubernetes->version, '.');
  return numbers.size() < 2 ? std::nullopt : parse_unsigned(numbers[1]);
}

std::optional<CommandResult> Inspection::try_ask(std::vector<std::string> argv) const {
  try {
    return host.ask(std::move(argv));
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool Inspection::has_program(std::string_view name) const {
  constexpr std::array kFolders = {"/usr/sbin/", "/usr/bin/",        "/sbin/",
                                   "/bin/",      "/usr/local/sbin/", "/usr/local/bin/"};
  return std::any_of(kFolders.begin(), kFolders.end(),
                     [&](const char* folder) { return host.exists(std::string(folder).append(name)); });
}

bool Inspection::brings_package(std::string_view name) const {
  const std::vector<const format::Rpm*> packages = deliver::role_packages(index, node.roles);
  return std::any_of(packages.begin(), packages.end(),
                     [&](const format::Rpm* package) { return spec::package_name(package->nevra) == name; });
}

bool Inspection::is_running(std::string_view program) const {
  constexpr std::size_t kCommBytes = 15;
  const std::vector<std::string> pids = host.list("/proc");
  return std::any_of(pids.begin(), pids.end(), [&](const std::string& pid) {
    return parse_unsigned(pid) && host.read("/proc/" + pid + "/comm") == program.substr(0, kCommBytes);
  });
}

void run_checks(Inspection& inspection, const std::vector<NamedCheck>& checks) {
  for (const NamedCheck& check : checks) {
    try {
      check.run(inspection);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::interrupted) {
        throw;
      }
      inspection.warning(
          "unchecked", fmt::format("{} could not be checked: {}", check.name, error.message()),
          error.hint().empty() ? "look at what it says, and run bundle preflight again" : error.hint());
    }
  }
}

}  // namespace bundle::preflight
