#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "format/index.hpp"
#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "spec/component.hpp"
#include "steps/action.hpp"

namespace bundle::deliver {

/// A file on the host with the SHA-256 that it has or will have when it is used.
struct HashedFile {
  std::string path;
  std::string sha256;
};
/// An entry of the bundle as it is unpacked on the host.
HashedFile payload_file(const format::Index& index, std::string_view entry_path);

/// The entries that these roles need as files on the host: RPMs with their repository metadata and keys, and
/// on a master charts, manifests and programs.
std::vector<const format::Entry*> payload_entries(const format::Index& index, const spec::Roles& roles);

/// The numbers of the parts that hold what a host with these roles installs. All of them when the list of
/// blobs of an image that it needs cannot be read.
std::set<std::uint64_t> needed_parts(const format::Index& index, const format::PartSet& parts,
                                     const spec::Roles& roles);

/// Unpacks them; each is hashed on the way, fsynced and renamed. `bundle` and `parts` must outlive it.
std::unique_ptr<steps::Action> unpack_payload(const format::VerifiedIndex& bundle,
                                              const format::PartSet& parts, const spec::Roles& roles);

/// Keeps the verified index on a master: what `bundle status --cluster` compares the cluster with.
std::unique_ptr<steps::Action> keep_index(const format::VerifiedIndex& bundle);
constexpr std::string_view kKeptIndex = "/var/lib/bundle/index/bundle.json";

/// Keeps the installer that the bundle carries on a master: what its timers run. Its content is checked as it
/// is copied.
std::unique_ptr<steps::Action> keep_installer(const format::VerifiedIndex& bundle);

/// `files:` with a `to`, straight to their places.
std::vector<std::unique_ptr<steps::Action>> place_files(const format::VerifiedIndex& bundle,
                                                        const format::PartSet& parts,
                                                        const spec::Roles& roles);

/// Change type "placed". A file with other content than was placed is left and named.
void undo_placed_file(host::Host& host, const steps::Change& change);

}  // namespace bundle::deliver
