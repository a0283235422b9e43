#pragma once

#include "host/host.hpp"
#include "install/opened.hpp"
#include "steps/journal.hpp"

namespace bundle::install {

/// Whether a step of an earlier installation is still there.
bool is_installed(const steps::Journal& journal);

/// Throws Error(integrity) when what was installed here last of this bundle, and is not undone, is a newer
/// version, or has the same version and another index: one version names one content.
void refuse_downgrade(const steps::Journal& journal, const format::Index& index,
                      const std::string& index_sha256);

/// Says in the journal that an installation begins, once for a bundle, its roles and its node.
void record_install(steps::Journal& journal, const host::Host& host, const Opened& opened);

/// Whether this host has joined a cluster, or was about to.
bool has_begun_to_join(const host::Host& host);

}  // namespace bundle::install
