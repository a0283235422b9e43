#pragma once

#include <string>
#include <vector>

#include "commands/session.hpp"
#include "commands/trust_options.hpp"

namespace bundle::commands {

struct ServeOptions {
  std::vector<std::string> folders;
  TrustOptions trust;
  std::string listen = "127.0.0.1:8443";
  std::string tls_cert;
  std::string tls_key;
  bool tls_self_signed = false;
  std::vector<std::string> allow;  ///< networks; none: everybody
  bool unit = false;               ///< only print a systemd service that does it
};

/// `bundle serve`: the parts over the network until Ctrl-C or SIGTERM, which is its normal end. The access
/// log goes to stdout, a line of JSON a request; what is wrong with an entry to stderr as well.
void serve(Session& session, const ServeOptions& options);

}  // namespace bundle::commands
