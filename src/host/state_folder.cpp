#include "host/state_folder.hpp"

#include "base/error.hpp"
#include "host/removal.hpp"

namespace bundle::host {

std::string log_path(std::string_view step) { return fmt::format("{}/log/{}.log", kStateFolder, step); }

std::string payload_path(std::string_view entry_path) {
  return fmt::format("{}/{}", kStateFolder, entry_path);
}

std::string site_path(std::string_view name) { return fmt::format("{}/site/{}", kStateFolder, name); }

std::string fault_path(std::string_view unit) { return fmt::format("{}/faults/{}", kStateFolder, unit); }

std::string backup_path(std::string_view sha256) { return fmt::format("{}/backup/{}", kStateFolder, sha256); }

void remove_payload(const Host& host) {
  for (const std::string name : {"rpms", "charts", "manifests", "bin", "index", "dnf", "site", "kubectl",
                                 "patches", "home", "faults"}) {
    remove_path(host, fmt::format("{}/{}", kStateFolder, name));
  }
  remove_path(host, std::string(kRestoreMark));
}

}  // namespace bundle::host
