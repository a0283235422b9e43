#pragma once

#include <memory>

#include "format/index.hpp"
#include "spec/component.hpp"
#include "steps/action.hpp"

namespace bundle::deliver {

/// The NEVRAs that the host's rpmdb has, sorted; epoch only when it is not 0. Without public keys.
std::vector<std::string> installed_packages(const host::Host& host);

/// Installs what the roles ask for and the host lacks, from the unpacked repositories alone. After a power
/// cut within a transaction it mends packages whose files did not reach the disk: it marks the digest of what
/// was asked for once that is on disk. `index` must outlive it.
std::unique_ptr<steps::Action> install_rpms(const format::Index& index, const spec::Roles& roles);

/// Change type "packages": removes those that were absent before, and the keys that came with them.
void undo_packages(host::Host& host, const steps::Change& change);

}  // namespace bundle::deliver
