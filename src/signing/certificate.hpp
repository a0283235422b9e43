#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::signing {

/// `sha256:HEX` of the public key (DER SubjectPublicKeyInfo) of each certificate in a PEM text, in its
/// order: what `kubeadm join --discovery-token-ca-cert-hash` takes. None for a text that has no certificate.
/// Source:
/// https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#token-based-discovery-with-ca-pinning
std::vector<std::string> key_pins(std::string_view pem);

/// When the first of the certificates in a PEM text ends, in seconds since the epoch; keys beside them are
/// passed over. Nothing for a text that has no certificate.
std::optional<std::int64_t> first_end(std::string_view pem);

}  // namespace bundle::signing
