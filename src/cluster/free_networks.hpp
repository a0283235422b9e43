#pragma once

#include "format/index.hpp"
#include "host/host.hpp"
#include "site/site.hpp"

namespace bundle::cluster {

/// Without a site file nobody has chosen the cluster's networks: where a default overlaps with a route of
/// this host, another one takes its place. Gives the same answer before and after the installation. A site
/// file is left as it is (preflight finds its overlaps).
site::Site with_free_networks(const host::Host& host, const format::Index& index, site::Site site);

}  // namespace bundle::cluster
