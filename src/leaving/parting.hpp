#pragma once

#include <string>
#include <vector>

#include "cluster/kubeadm_reset.hpp"
#include "host/host.hpp"
#include "steps/journal.hpp"

namespace bundle::leaving {

/// What it means to a cluster that one of its nodes is taken back.
struct Parting {
  cluster::Fate fate = cluster::Fate::ends;
  std::string node;  ///< its name; empty: this host is in no cluster
  bool is_master = false;
};

/// Whether it is to be taken back although that harms the cluster, or nobody can say.
enum class Insist { no, yes };

/// Looks whether this host, whose journal this is, may leave its cluster where the step that brought it there
/// is among those to be undone; reads only. Throws
/// Error(preflight), with the reason, for a master without which etcd would lose its majority, for the last
/// one while there are other nodes, and where others may be there but nothing answers; nothing of that with
/// Insist::yes.
Parting look(const host::Host& host, const steps::Journal& journal, const std::vector<std::string>& steps,
             Insist insist);

/// Before the first step is undone: pods go elsewhere, where there is an elsewhere (drain).
void begin(const host::Host& host, const Parting& parting);

/// After all was undone: says what is left to do on a master, where that is so.
void end(const host::Host& host, const Parting& parting);

}  // namespace bundle::leaving
