#include "install/undo_table.hpp"

#include <array>

#include "actions/boot_kernel.hpp"
#include "actions/command.hpp"
#include "actions/fapolicyd.hpp"
#include "actions/files.hpp"
#include "actions/firewall.hpp"
#include "actions/folders.hpp"
#include "actions/hostname.hpp"
#include "actions/kernel.hpp"
#include "actions/lines.hpp"
#include "actions/selinux.hpp"
#include "actions/swap.hpp"
#include "actions/units.hpp"
#include "cluster/kubeadm_reset.hpp"
#include "cluster/manifest.hpp"
#include "cluster/release.hpp"
#include "deliver/import_images.hpp"
#include "deliver/install_rpms.hpp"
#include "deliver/payload.hpp"
#include "nodes/kubelet_config.hpp"

namespace bundle::install {
namespace {

void undo_nothing(host::Host& /*host*/, const steps::Change& /*change*/) {}

/// What a component is made of in the cluster goes with that, and with nothing less.
void leave_to_cluster(host::Host& host, const steps::Change& change) {
  host.log.info(fmt::format("{} {} stays: it is the cluster's", change.type, change.key));
}

constexpr std::array kUndos{
    steps::UndoRow{.type = "none", .undo = undo_nothing},
    steps::UndoRow{.type = "boot", .undo = actions::undo_boot_kernel},
    steps::UndoRow{.type = "file", .undo = actions::undo_file},
    steps::UndoRow{.type = "block", .undo = actions::undo_block},
    steps::UndoRow{.type = "lines", .undo = actions::undo_lines},
    steps::UndoRow{.type = "folder", .undo = actions::undo_folder},
    steps::UndoRow{.type = "placed", .undo = deliver::undo_placed_file},
    steps::UndoRow{.type = "sysctl", .undo = actions::undo_sysctls},
    steps::UndoRow{.type = "hostname", .undo = actions::undo_hostname},
    steps::UndoRow{.type = "swap", .undo = actions::undo_swap},
    steps::UndoRow{.type = "swap-units", .undo = actions::undo_swap_units},
    steps::UndoRow{.type = "selinux", .undo = actions::undo_selinux},
    steps::UndoRow{.type = "boolean", .undo = actions::undo_boolean},
    steps::UndoRow{.type = "unit", .undo = actions::undo_unit},
    steps::UndoRow{.type = "fapolicyd", .undo = actions::undo_allowed_programs},
    steps::UndoRow{.type = "firewall", .undo = actions::undo_firewall},
    steps::UndoRow{.type = "command", .undo = actions::undo_command},
    steps::UndoRow{.type = "packages", .undo = deliver::undo_packages},
    steps::UndoRow{.type = "images", .undo = deliver::undo_images},
    steps::UndoRow{.type = cluster::kKubeadmChange, .undo = cluster::undo_kubeadm},
    steps::UndoRow{.type = "kubelet-config", .undo = nodes::undo_kubelet_config},
    steps::UndoRow{.type = "manifest", .undo = cluster::undo_manifest},
    steps::UndoRow{.type = "release", .undo = cluster::undo_release},
};

template <class Rows>
constexpr Rows with(Rows rows, std::string_view type, steps::Undo undo) {
  for (steps::UndoRow& row : rows) {
    row.undo = row.type == type ? undo : row.undo;
  }
  return rows;
}

constexpr auto kWithoutCluster =
    with(with(kUndos, "manifest", leave_to_cluster), "release", leave_to_cluster);
constexpr auto kLeaving = with(kWithoutCluster, cluster::kKubeadmChange, cluster::leave_and_undo_kubeadm);

}  // namespace

steps::UndoTable undo_table(cluster::Fate fate) {
  switch (fate) {
    case cluster::Fate::stays:
      return kLeaving;
    case cluster::Fate::lost:
      return kWithoutCluster;
    case cluster::Fate::ends:
      break;
  }
  return kUndos;
}

}  // namespace bundle::install
