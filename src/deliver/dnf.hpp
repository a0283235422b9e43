#pragma once

#include <string>
#include <vector>

#include "format/index.hpp"
#include "host/state_folder.hpp"

namespace bundle::deliver {

/// Where dnf finds what is a bundle's. The installation has them below /var/lib/bundle, preflight's trial
/// below a folder of its own; all else is the same for both, so that what the trial says is what happens.
struct DnfFolders {
  /// dnf.conf, bundle.repo (all of the private reposdir) and dnf's cache
  std::string dnf = std::string(host::kDnfFolder);
  std::string payload = std::string(host::kStateFolder);  ///< has `rpms/`

  std::string configuration_path() const { return dnf + "/dnf.conf"; }
  std::string repositories_path() const { return dnf + "/bundle.repo"; }
};

/// The whole configuration: the host's own dnf.conf plays no part, its excludes included, since the signed
/// index says what is installed. Source: dnf.conf(5).
std::string dnf_configuration(const DnfFolders& folders);

/// Content of bundle.repo: packages are checked with the keys of the repositories that they came from, unless
/// only the signed index vouches for them.
std::string dnf_repositories(const format::Index& index, const DnfFolders& folders);

/// The command line of `verb` (`install`, `reinstall`); `more` are options of the trial.
std::vector<std::string> dnf_command(const DnfFolders& folders, const std::string& verb,
                                     const std::vector<std::string>& packages,
                                     const std::vector<std::string>& more = {});

/// Paths of the key files in a bundle.
std::vector<std::string> key_paths(const format::Index& index);

}  // namespace bundle::deliver
