#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace bundle::signing {

/// JOIN.key: the key (64 hex digits) with which kubeadm encrypted the control plane's certificates,
/// encrypted itself with a passphrase, and bound to the cluster. One line of JSON.
std::string seal_certificate_key(std::string_view certificate_key, std::string_view passphrase,
                                 const std::string& cluster_id);

/// The certificate key. Throws Error(spec) for what is no such file or belongs to another cluster,
/// Error(usage) for another passphrase.
std::string open_certificate_key(std::string_view text, std::string_view passphrase,
                                 const std::string& cluster_id, const std::string& name);

/// The text of such a file, of at most 4 KiB.
std::string join_key_text(const std::filesystem::path& file);

}  // namespace bundle::signing
