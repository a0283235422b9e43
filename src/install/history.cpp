#include "install/history.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/kubeadm_join.hpp"
#include "host/state_folder.hpp"
#include "spec/versions.hpp"

namespace bundle::install {

bool is_installed(const steps::Journal& journal) {
  return std::any_of(journal.steps().begin(), journal.steps().end(),
                     [](const steps::StepRecord& step) { return step.state != steps::StepState::undone; });
}

void refuse_downgrade(const steps::Journal& journal, const format::Index& index,
                      const std::string& index_sha256) {
  const auto last =
      std::find_if(journal.installs().rbegin(), journal.installs().rend(),
                   [&](const steps::InstallRecord& record) { return record.bundle == index.name; });
  if (!is_installed(journal) || last == journal.installs().rend()) {
    return;
  }
  const int order = spec::compare_versions(index.version, last->version);
  if (order < 0) {
    throw Error(ErrorKind::integrity,
                fmt::format("{} {} is older than {}, which was installed on {}", index.name, index.version,
                            last->version, format_utc(last->at)),
                "--allow-downgrade installs it all the same");
  }
  if (order == 0 && last->index_sha256 != index_sha256) {
    throw Error(
        ErrorKind::integrity,
        fmt::format("{} {} is not the bundle of that version that was installed on {}: its index has "
                    "the SHA-256 {}, that one's had {}",
                    index.name, index.version, format_utc(last->at), index_sha256, last->index_sha256),
        "find out who built two bundles of one version, and build the right one with a higher "
        "version; --allow-downgrade installs it all the same");
  }
}

bool has_begun_to_join(const host::Host& host) {
  const steps::Journal journal(host.at(host::kJournalPath), steps::Journal::Access::read);
  const steps::StepRecord* step = journal.find(cluster::kJoinStep);
  return step != nullptr && step->state != steps::StepState::undone;
}

void record_install(steps::Journal& journal, const host::Host& host, const Opened& opened) {
  const steps::InstallRecord record{.bundle = opened.index().name,
                                    .version = opened.index().version,
                                    .index_sha256 = opened.verified.sha256(),
                                    .roles = join({opened.node.roles.begin(), opened.node.roles.end()}, ","),
                                    .node = opened.node.name,
                                    .at = host.now()};
  if (journal.installs().empty() || journal.installs().back().index_sha256 != record.index_sha256 ||
      journal.installs().back().node != record.node || journal.installs().back().roles != record.roles) {
    journal.install(record);
  }
}

}  // namespace bundle::install
