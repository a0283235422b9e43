#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/payload.hpp"
#include "steps/action.hpp"

namespace bundle::cluster {

/// helm as a master has it, from the payload.
constexpr std::string_view kHelm = "/var/lib/bundle/bin/helm";

/// `HELM --kubeconfig /etc/kubernetes/admin.conf …`
std::vector<std::string> helm(const std::string& program, std::vector<std::string> words);

struct Release {
  std::string helm;  ///< path of the program
  std::string name;
  std::string namespace_;
  deliver::HashedFile chart;                ///< the .tgz
  std::vector<deliver::HashedFile> values;  ///< the last one wins
  bool skip_schema = false;
};
/// Installs or upgrades a release. Chart and values are named by their digests in the release's description,
/// so that the cluster itself says whether it has these.
std::unique_ptr<steps::Action> install_release(Release release);

/// Change type "release".
void undo_release(host::Host& host, const steps::Change& change);

}  // namespace bundle::cluster
