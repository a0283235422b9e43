#pragma once

#include <optional>
#include <string>

#include "cluster/node.hpp"
#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "site/site.hpp"
#include "spec/join.hpp"

namespace bundle::cluster {

/// What an installation works on: a verified bundle with its parts open, the site, and what this host is in
/// it.
struct Opened {
  format::VerifiedIndex verified;
  format::PartSet parts;
  site::Site site;
  ThisNode node;
  bool joins = false;                ///< a further node of a cluster, or the first one of its own
  std::optional<spec::Join> join;    ///< with what it joins; none on a further run
  std::string certificate_key = {};  ///< of a joining master

  const format::Index& index() const { return verified.index(); }
};

}  // namespace bundle::cluster
