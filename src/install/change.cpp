#include "install/change.hpp"

#include <array>

#include "base/error.hpp"
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

using Undo = void (*)(Host&, const Change&);

void undo_nothing(Host& /*host*/, const Change& /*change*/) {}

struct Row {
  std::string_view type;
  Undo undo;
};

constexpr std::array kUndos{
    Row{.type = "none", .undo = undo_nothing},       Row{.type = "file", .undo = undo_file},
    Row{.type = "block", .undo = undo_block},        Row{.type = "folder", .undo = undo_folder},
    Row{.type = "placed", .undo = undo_placed_file}, Row{.type = "sysctl", .undo = undo_sysctls},
    Row{.type = "hostname", .undo = undo_hostname},  Row{.type = "swap", .undo = undo_swap},
    Row{.type = "selinux", .undo = undo_selinux},    Row{.type = "unit", .undo = undo_unit},
    Row{.type = "firewall", .undo = undo_firewall},  Row{.type = "command", .undo = undo_command},
    Row{.type = "packages", .undo = undo_packages},  Row{.type = "images", .undo = undo_images},
    Row{.type = "kubeadm", .undo = undo_kubeadm},    Row{.type = "manifest", .undo = undo_manifest},
    Row{.type = "release", .undo = undo_release},
};

}  // namespace

void undo_change(Host& host, const Change& change) {
  for (const Row& row : kUndos) {
    if (row.type == change.type) {
      row.undo(host, change);
      return;
    }
  }
  fail(ErrorKind::integrity, "this version cannot undo a change of type '{}' ({})", change.type, change.key);
}

void Action::verify(Host& host) {
  if (!is_done(host)) {
    fail(ErrorKind::step, "this was done, but the host does not show it:\n{}", describe());
  }
}

}  // namespace bundle::install
