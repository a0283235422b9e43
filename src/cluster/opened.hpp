#pragma once

#include "cluster/node.hpp"
#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "spec/site.hpp"

namespace bundle::cluster {

/// What an installation works on: a verified bundle with its parts open, the site, and what this host is in
/// it.
struct Opened {
  format::VerifiedIndex verified;
  format::PartSet parts;
  spec::Site site;
  ThisNode node;

  const format::Index& index() const { return verified.index(); }
};

}  // namespace bundle::cluster
