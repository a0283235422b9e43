#pragma once

#include "cluster/kubeadm_reset.hpp"
#include "steps/change.hpp"

namespace bundle::install {

/// How every type of change that an installation makes is undone; also those of earlier versions. What a
/// component is made of in the cluster is left where that stays, and where it is lost.
steps::UndoTable undo_table(cluster::Fate fate = cluster::Fate::ends);

}  // namespace bundle::install
