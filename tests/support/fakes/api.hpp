#pragma once

#include <map>
#include <optional>

#include "support/fakes/arguments.hpp"
#include "support/fakes/fake_program.hpp"

namespace bundle::test {

/// curl, and behind it the API server of a cluster that other hosts have made, as one with a bootstrap token
/// sees it.
class FakeApi final : public FakeProgram {
 public:
  struct Lease {
    std::string holder;
    std::string renewed;  ///< `2026-11-21T20:00:00.000000Z`
  };

  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;

  bool is_up = false;
  std::string ca_pem;
  std::string token = "abcdef.0123456789abcdef";   ///< empty: none is known
  std::string date;                                ///< `Tue, 15 Nov 1994 08:12:31 GMT`; empty: not said
  std::map<std::string, std::string> machine_ids;  ///< of its nodes
  std::map<std::string, unsigned> ready_for;       ///< so many times more a node of these is seen as Ready
  std::string sealed_ca;                           ///< ca.crt in kubeadm-certs; empty: no such secret
  std::optional<Lease> lease;
  std::function<void()> on_lease_taken = [] {};
  /// API servers that are asked at their own address whether they are ready: by address, the end of their
  /// certificate as OpenSSL prints it.
  std::map<std::string, std::string> servers;
  std::vector<std::string> asked;  ///< `GET /path`, and ` with token`

 private:
  CommandResult reply(const Command& command);
  CommandResult answer_request(const std::string& method, const std::string& path, const std::string& body);
  CommandResult answer_ready(const std::string& url) const;
  bool is_still_ready(const std::string& node);
  CommandResult cluster_info() const;
  CommandResult leases(const std::string& method, const std::string& body);
  CommandResult http(int status, const std::string& body) const;
};

/// HEADER..SIGNATURE of a text by a token. Source: RFC 7515, appendix F.
std::string signed_by_token(const std::string& content, const std::string& token);

}  // namespace bundle::test
