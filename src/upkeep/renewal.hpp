#pragma once

#include <cstdint>

#include "host/host.hpp"

namespace bundle::upkeep {

/// With fewer days left a certificate of kubeadm's is renewed; the kubelet renews its own.
constexpr std::int64_t kRenewalDays = 60;

/// Renews kubeadm's certificates on this master where one has fewer than `days` left: all of them in a copy,
/// then in use, the control plane restarted one component after another and verified, root's kubeconfig
/// behind it. Masters take turns. What was cut off anywhere is finished by the next run. False: none was due.
/// Throws Error(step) when it fails, and then the certificates from before are in use; Error(preflight) on a
/// host that is no master.
bool renew_certificates(const host::Host& host, std::int64_t days = kRenewalDays);

}  // namespace bundle::upkeep
