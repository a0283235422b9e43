#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "survey/picture.hpp"

// Renewed certificates of kubeadm beside those in use: /etc/kubernetes/renewal has the same names as
// /etc/kubernetes. Each of them (pki as a whole, each kubeconfig) changes places with its counterpart in one
// rename, so that a power cut leaves the one or the other, and either goes with all the rest: the CAs are the
// same. The folder is there from the first exchange until the renewal has come to its end.
namespace bundle::upkeep {

/// The certificates of kubeadm on this master, CAs apart, that end within `days`.
std::vector<survey::Certificate> due_certificates(const host::Host& host, std::int64_t days);

/// Whether a renewal has begun that has not come to its end.
bool is_staged(const host::Host& host);

/// Has kubeadm renew a copy, and checks that each certificate in it ends later than the one in use. Throws
/// Error(step) or Error(no_space) otherwise, and leaves nothing behind.
void stage_renewal(const host::Host& host);

/// Puts the renewed ones, or those from before, into use: whatever the order in which earlier tries were cut
/// off. Throws Error(step) on a file system that cannot exchange two names.
enum class Stage { renewed, former };
void put_into_use(const host::Host& host, Stage stage);

/// Root's kubeconfig follows the administrator's wherever it holds what that held before; its other content
/// stays. Behind put_into_use(renewed).
void renew_kubeconfig_of_root(const host::Host& host);

/// Removes what is not in use.
void discard_stage(const host::Host& host);

}  // namespace bundle::upkeep
