#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "spec/repository.hpp"

namespace bundle::spec {

/// The system that the bundle is installed on: rpm-lists/targets/NAME.yml.
struct Target {
  std::string name;         ///< `rhel-8.10`
  std::string os_id;        ///< `rhel`
  std::string os_version;   ///< `8.10`
  std::string os_image;     ///< as a node reports it (PRETTY_NAME of os-release); empty: not said
  std::string platform_id;  ///< `platform:el8`
  std::vector<Repository> repositories;
  /// Digests that its rpm takes no signature with (`md5`, `sha1`). A file that is silent means what its
  /// platform does: from EL 9 on both are refused.
  std::vector<std::string> refused_digests;
  std::vector<std::string> release_packages;  ///< RPMs that any installation of it has (`systemd`, …), for
                                              ///< the closure on nothing; may be empty
};

/// Reads a target file. Throws Error(spec).
Target load_target(const std::filesystem::path& file);

}  // namespace bundle::spec
