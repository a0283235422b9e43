#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// When the certificates end that kubeadm makes for a master: its CAs, what they have signed, and what is in
/// its kubeconfigs. `folder`: /etc/kubernetes, or a copy of it.
std::vector<Certificate> kubeadm_certificates(const host::Host& host, const std::string& node,
                                              const std::string& folder);

/// Whether it is a CA's, which nothing renews.
bool is_authority(const Certificate& certificate);

/// When the certificates of this master end: those of kubeadm, and the kubelet's own.
std::vector<Certificate> certificates_of(const host::Host& host, const std::string& node);

/// What the user of a kubeconfig has under this key (`client-certificate-data`); empty when it cannot be
/// read.
std::string user_text_at(const host::Host& host, std::string_view kubeconfig, std::string_view key);

/// host:port of the server that a kubeconfig names; empty when it cannot be read.
std::string server_of(const host::Host& host, std::string_view kubeconfig);

}  // namespace bundle::survey
