#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace bundle::upkeep {

struct RestoreOrder {
  std::string snapshot;    ///< absolute path
  bool is_forced = false;  ///< also where etcd has its majority, or another master answers
};

struct Restored {
  std::uint64_t revision = 0;     ///< of the snapshot
  std::string former_data;        ///< where etcd's data from before lies now
  std::vector<std::string> gone;  ///< masters that were removed from the nodes
  std::vector<std::string>
      alive;  ///< masters of the old cluster whose kubelets answer: they must be taken back
};

/// Makes a cluster out of this master alone, with what the snapshot holds. The snapshot is checked before
/// anything else; what etcd has now is put aside, never removed. A run that was cut off is finished by the
/// next one with the same snapshot. Throws Error(integrity) for a damaged snapshot and Error(preflight) where
/// etcd still has its majority or another master answers, both with nothing changed; else Error(step).
/// Source: https://etcd.io/docs/v3.6/op-guide/recovery/
Restored restore_etcd(const host::Host& host, const RestoreOrder& order);

}  // namespace bundle::upkeep
