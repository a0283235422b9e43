#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "host/host.hpp"

namespace bundle::host {

/// A document with secrets (0600), there as long as this lives. `path` is in /run, which is memory: a power
/// cut leaves nothing, and what a killed run leaves the next one replaces.
class SecretFile {
 public:
  SecretFile(const Host& host, std::string_view path, std::string_view content);
  ~SecretFile();
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;

 private:
  std::filesystem::path file_;
};

}  // namespace bundle::host
