#pragma once

#include "host/host.hpp"

namespace bundle::preflight {

/// Whether the firmware lets the kernel load signed modules only.
/// Source: the kernel's Documentation/filesystems/efivarfs: four bytes of attributes, then the value.
inline bool is_secure_boot(const host::Host& host) {
  const std::optional<std::string> variable =
      host.read("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  return variable && variable->size() == 5 && variable->back() == '\1';
}

}  // namespace bundle::preflight
