#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/opened.hpp"
#include "host/host.hpp"

namespace bundle::install {

using cluster::Opened;

/// What helps when media are at fault.
constexpr std::string_view kMediaHint =
    "bundle verify names every fault of the media; copy it again from where it is whole";

/// Which bundle, and what a person said of this host.
struct OpenRequest {
  std::vector<std::filesystem::path> folders;  ///< parts may lie in several of them
  std::filesystem::path site;                  ///< site.yml, may be empty
  std::string roles;                           ///< as typed, `master,gpu`; may be empty with a site file
  format::Trust trust;
  bool verify_first = false;         ///< read and check every byte now
  std::optional<spec::Join> join;    ///< --join
  std::string certificate_key = {};  ///< of a joining master
};

/// Verifies signatures, index, installer, presence and size of parts, and every tar header; reads the site
/// and finds this host in it. Parts that only other roles need may be absent, which is said. Throws
/// Error(integrity) after naming every fault on `host.log`, and what read_site_file and find_this_node throw.
Opened open_bundle(const host::Host& host, const OpenRequest& request);

}  // namespace bundle::install
