#include "install/originals.hpp"

#include <set>

#include "host/digest.hpp"
#include "host/removal.hpp"
#include "host/state_folder.hpp"

namespace bundle::install {

void remove_needless_originals(const host::Host& host, const steps::Journal& journal) {
  std::set<std::string> named;
  std::set<std::string> needed;
  for (const steps::StepRecord& step : journal.steps()) {
    for (const steps::Change& change : step.changes) {
      const std::string sha256 = json::text_at(change.before, "sha256");
      if (change.type != "file" || sha256.empty()) {
        continue;
      }
      named.insert(sha256);
      if (step.state != steps::StepState::undone || host::digest_of(host, change.key) != sha256) {
        needed.insert(sha256);
      }
    }
  }
  for (const std::string& sha256 : named) {
    if (!needed.contains(sha256)) {
      host::remove_path(host, host::backup_path(sha256));
    }
  }
  host::remove_if_empty(host, {host::backup_path("")});
}

}  // namespace bundle::install
