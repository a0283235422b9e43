#pragma once

#include <optional>
#include <string>

#include "cluster/api_client.hpp"
#include "host/host.hpp"

// Masters join, and renew their certificates, one at a time: whoever does holds a Lease. A bootstrap token
// may do no more than that there.
namespace bundle::cluster {

/// Namespace, Role and RoleBinding that let join files take the lease, for `kubectl apply -f -`; JSON.
std::string join_lock_manifest();

/// Makes sure of them, as the administrator.
void let_masters_take_turns(const host::Host& host);

/// The node that is joining now; nothing when there is none (a lease is good for a quarter of an hour).
/// Throws Error(step) for an answer that cannot be.
std::optional<std::string> joining_node(const ApiClient& api, std::int64_t now);

/// Holds the lease from its construction (which waits for another holder, saying so) until its end.
class JoinLock {
 public:
  /// Throws Error(step) when another node does not come to its end in `patience`.
  JoinLock(const host::Host& host, const ApiClient& api, std::string node, std::chrono::seconds patience);
  ~JoinLock();
  JoinLock(const JoinLock&) = delete;
  JoinLock& operator=(const JoinLock&) = delete;

 private:
  /// The holder where it is another one; nothing: we have it.
  std::optional<std::string> take() const;

  const host::Host& host_;
  const ApiClient& api_;
  std::string node_;
};

}  // namespace bundle::cluster
