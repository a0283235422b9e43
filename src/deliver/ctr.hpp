#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/host.hpp"

// containerd as its own program `ctr` shows and changes it, in the kubelet's namespace. `ctr` finds
// containerd by CONTAINERD_ADDRESS, else at its usual socket. Source: cmd/ctr of containerd 1.6 to 2.1.
namespace bundle::deliver {

/// `ctr -n k8s.io` and these words.
Command ctr(std::vector<std::string> words, std::chrono::seconds timeout = std::chrono::seconds{300});

/// A name that containerd has for an image.
struct KnownImage {
  std::string digest;        ///< of the index or manifest that it stands for
  bool is_complete = false;  ///< every blob for this platform is there
  bool is_unpacked = false;
  bool is_pinned = false;  ///< the kubelet never removes it
};
using KnownImages = std::map<std::string, KnownImage>;  ///< by name

/// What `ctr images check` and `ctr images ls` print. Versions differ in columns before the last.
KnownImages parse_images(std::string_view checked, std::string_view listed);

/// Every image of the namespace. Throws Error(step) when containerd does not answer.
KnownImages known_images(const host::Host& host);

/// The digests of all blobs that the namespace has.
std::set<std::string> known_blobs(const host::Host& host);

/// Frees what programs that were killed still hold: ends the leases that would end by themselves within a
/// day, waits until what nothing refers to is gone, and takes out what was written of these blobs and of an
/// import's index. Nobody else may import or pull them meanwhile. What is there afterwards stays there.
void clear_leftovers(const host::Host& host, const std::set<std::string>& digests);

/// Removes names, and with the last name of an image its content.
void remove_images(const host::Host& host, const std::vector<std::string>& names);

/// The digests of images from which containers run.
std::set<std::string> digests_in_use(const host::Host& host, const KnownImages& known);

/// Whether this `ctr` has to be told that a pull wants nothing of other platforms, not even their manifests;
/// older ones never do. Source: cmd/ctr/commands/images/pull.go since containerd 2.0.
bool can_skip_metadata(const host::Host& host);

/// Throws for a `ctr` that failed: Error(no_space) with what there is, else Error(step); both with
/// what to type. `needed_bytes`: what was still to be written, at least.
[[noreturn]] void fail_ctr(const host::Host& host, const Command& command, const CommandResult& result,
                           std::uint64_t needed_bytes);

}  // namespace bundle::deliver
