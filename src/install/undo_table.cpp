#include "install/undo_table.hpp"

#include <array>

#include "host/host.hpp"
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

void undo_nothing(host::Host& /*host*/, const Change& /*change*/) {}

constexpr std::array kUndos{
    UndoRow{.type = "none", .undo = undo_nothing},       UndoRow{.type = "file", .undo = undo_file},
    UndoRow{.type = "block", .undo = undo_block},        UndoRow{.type = "folder", .undo = undo_folder},
    UndoRow{.type = "placed", .undo = undo_placed_file}, UndoRow{.type = "sysctl", .undo = undo_sysctls},
    UndoRow{.type = "hostname", .undo = undo_hostname},  UndoRow{.type = "swap", .undo = undo_swap},
    UndoRow{.type = "selinux", .undo = undo_selinux},    UndoRow{.type = "unit", .undo = undo_unit},
    UndoRow{.type = "firewall", .undo = undo_firewall},  UndoRow{.type = "command", .undo = undo_command},
    UndoRow{.type = "packages", .undo = undo_packages},  UndoRow{.type = "images", .undo = undo_images},
    UndoRow{.type = "kubeadm", .undo = undo_kubeadm},    UndoRow{.type = "manifest", .undo = undo_manifest},
    UndoRow{.type = "release", .undo = undo_release},
};

}  // namespace

UndoTable undo_table() { return kUndos; }

}  // namespace bundle::install
