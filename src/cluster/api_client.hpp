#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fs.hpp"
#include "host/host.hpp"

namespace bundle::cluster {

/// What an API server answered.
struct ApiAnswer {
  int status = 0;  ///< of HTTP; 0: no answer
  std::string body;
  std::optional<std::int64_t> date;  ///< by its clock, seconds since the epoch
  std::string error;                 ///< curl's words, where there is no answer
};

/// Who asks: a certificate with its key, PEM.
struct ClientCertificate {
  std::string certificate;
  std::string key;
};

/// The API servers of a cluster that this host may not belong to yet, asked through curl, which every
/// Enterprise Linux has: before packages are installed there is no kubectl. Token and documents go by files
/// and stdin, never on a command line.
class ApiClient {
 public:
  /// `ca_pem` empty: whoever answers is believed for what is then checked otherwise, and no token is sent.
  ApiClient(const host::Host& host, std::string endpoint, std::string_view ca_pem = {},
            std::string token = {});
  /// As whoever has this certificate.
  ApiClient(const host::Host& host, std::string endpoint, std::string_view ca_pem,
            const ClientCertificate& client);

  /// `path` begins with `/`; `body`: a JSON document, or empty. Throws Error(usage) on a host without curl.
  ApiAnswer ask(std::string_view method, std::string_view path, std::string_view body = {}) const;
  ApiAnswer get(std::string_view path) const { return ask("GET", path); }

 private:
  const host::Host& host_;
  std::string endpoint_;
  std::string token_;
  TempDir folder_;
  std::filesystem::path ca_;           ///< empty: none
  std::filesystem::path certificate_;  ///< empty: none
  std::filesystem::path key_;
};

/// When the certificate that a server showed ends, in seconds since the epoch, of what `curl --verbose` says.
/// Source: curl's lib/vtls/openssl.c.
std::optional<std::int64_t> shown_end(std::string_view said);

}  // namespace bundle::cluster
