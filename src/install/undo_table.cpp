#include "install/undo_table.hpp"

#include <array>

#include "install/cluster.hpp"
#include "install/command_action.hpp"
#include "install/files.hpp"
#include "install/images.hpp"
#include "install/kernel.hpp"
#include "install/payload.hpp"
#include "install/rpms.hpp"
#include "install/services.hpp"

namespace bundle::install {
namespace {

void undo_nothing(host::Host& /*host*/, const steps::Change& /*change*/) {}

constexpr std::array kUndos{
    steps::UndoRow{.type = "none", .undo = undo_nothing},
    steps::UndoRow{.type = "file", .undo = undo_file},
    steps::UndoRow{.type = "block", .undo = undo_block},
    steps::UndoRow{.type = "folder", .undo = undo_folder},
    steps::UndoRow{.type = "placed", .undo = undo_placed_file},
    steps::UndoRow{.type = "sysctl", .undo = undo_sysctls},
    steps::UndoRow{.type = "hostname", .undo = undo_hostname},
    steps::UndoRow{.type = "swap", .undo = undo_swap},
    steps::UndoRow{.type = "selinux", .undo = undo_selinux},
    steps::UndoRow{.type = "unit", .undo = undo_unit},
    steps::UndoRow{.type = "firewall", .undo = undo_firewall},
    steps::UndoRow{.type = "command", .undo = undo_command},
    steps::UndoRow{.type = "packages", .undo = undo_packages},
    steps::UndoRow{.type = "images", .undo = undo_images},
    steps::UndoRow{.type = "kubeadm", .undo = undo_kubeadm},
    steps::UndoRow{.type = "manifest", .undo = undo_manifest},
    steps::UndoRow{.type = "release", .undo = undo_release},
};

}  // namespace

steps::UndoTable undo_table() { return kUndos; }

}  // namespace bundle::install
