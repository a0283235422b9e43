#include "serve/unit.hpp"

#include <fmt/format.h>

namespace bundle::serve {
namespace {

/// One word of ExecStart. Source: systemd.service(5), "Command lines".
std::string quoted(const std::string& word) {
  std::string text = "\"";
  for (const char c : word) {
    switch (c) {
      case '"':
      case '\\':
        text += '\\';
        break;
      case '%':
      case '$':
        text += c;
        break;
      default:
        break;
    }
    text += c;
  }
  return text + "\"";
}

constexpr std::string_view kSandbox =
    "NoNewPrivileges=yes\n"
    "ProtectSystem=strict\n"
    "ProtectHome=read-only\n"
    "ProtectProc=invisible\n"
    "ProtectClock=yes\n"
    "ProtectHostname=yes\n"
    "ProtectKernelTunables=yes\n"
    "ProtectKernelModules=yes\n"
    "ProtectKernelLogs=yes\n"
    "ProtectControlGroups=yes\n"
    "PrivateDevices=yes\n"
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK\n"
    "RestrictNamespaces=yes\n"
    "RestrictRealtime=yes\n"
    "RestrictSUIDSGID=yes\n"
    "LockPersonality=yes\n"
    "MemoryDenyWriteExecute=yes\n"
    "SystemCallArchitectures=native\n"
    "SystemCallFilter=@system-service\n"
    "SystemCallFilter=~@privileged @resources\n"
    "UMask=0077\n"
    "TasksMax=64\n"
    "MemoryMax=256M\n";

}  // namespace

std::string systemd_unit(const UnitCommand& command) {
  // Through env: SELinux lets systemd start what lies in /usr/bin, which may then run what lies elsewhere.
  std::string start = "/usr/bin/env " + quoted(command.program);
  for (const std::string& arg : command.args) {
    start += " " + quoted(arg);
  }
  const std::string capabilities =
      command.has_low_port ? "CAP_DAC_READ_SEARCH CAP_NET_BIND_SERVICE" : "CAP_DAC_READ_SEARCH";
  // It ends where the stick is not there yet, and is then started again until it is.
  return fmt::format(
      "[Unit]\nDescription=bundle: serves a bundle to this site\nWants=network-online.target\n"
      "After=network-online.target\n\n"
      "[Service]\nExecStart={}\nRestart=on-failure\nRestartSec=10\nDynamicUser=yes\nAmbientCapabilities={}\n"
      "CapabilityBoundingSet={}\n{}\n[Install]\nWantedBy=multi-user.target\n",
      start, capabilities, capabilities, kSandbox);
}

}  // namespace bundle::serve
