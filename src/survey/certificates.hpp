#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// When the certificates of this master end: those of kubeadm, those in its kubeconfigs, the kubelet's own.
std::vector<Certificate> certificates_of(const host::Host& host, const std::string& node);

/// host:port of the server that a kubeconfig names; empty when it cannot be read.
std::string server_of(const host::Host& host, std::string_view kubeconfig);

}  // namespace bundle::survey
