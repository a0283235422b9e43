#pragma once

#include <cstdint>
#include <string>

#include "commands/session.hpp"
#include "upkeep/snapshots.hpp"

// What a master does for itself, and what a person does there when etcd has lost its majority for good.
namespace bundle::commands {

/// `bundle renew-certificates`, which a timer runs once a day: those of kubeadm, where one has few days left.
void renew_certificates(Session& session);

struct EtcdOptions {
  std::string action;  ///< `snapshot` or `restore`
  std::string file;    ///< of restore: the snapshot
  upkeep::SnapshotOrder order;
  bool force = false;  ///< restore although etcd has its majority, or another master answers
};

/// `bundle etcd snapshot`, which a timer runs every night, and `bundle etcd restore FILE`.
void etcd(Session& session, const EtcdOptions& options);

}  // namespace bundle::commands
