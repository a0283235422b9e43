#include "install/history.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "spec/versions.hpp"

namespace bundle::install {

bool is_installed(const steps::Journal& journal) {
  return std::any_of(journal.steps().begin(), journal.steps().end(),
                     [](const steps::StepRecord& step) { return step.state != steps::StepState::undone; });
}

void refuse_downgrade(const steps::Journal& journal, const format::Index& index) {
  if (!is_installed(journal)) {
    return;
  }
  for (const steps::InstallRecord& earlier : journal.installs()) {
    if (earlier.bundle == index.name && spec::compare_versions(index.version, earlier.version) < 0) {
      throw Error(ErrorKind::integrity,
                  fmt::format("{} {} is older than {}, which was installed on {}", index.name, index.version,
                              earlier.version, format_utc(earlier.at)),
                  "--allow-downgrade installs it all the same");
    }
  }
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
