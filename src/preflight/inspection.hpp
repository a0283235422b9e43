#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node.hpp"
#include "format/parts.hpp"
#include "host/facts.hpp"
#include "host/host.hpp"
#include "preflight/check.hpp"
#include "spec/join.hpp"

namespace bundle::preflight {

/// What the checks of preflight look at, and where they put what they find.
struct Inspection {
  host::Host& host;
  const format::Index& index;
  const format::PartSet* parts;  ///< null: nothing is read from the bundle
  const site::Site& site;
  const cluster::ThisNode& node;
  bool allow_base_changes = false;
  bool resuming = false;
  bool allow_no_gpu = false;
  bool joins = false;                ///< as a further node, with `join`
  const spec::Join* join = nullptr;  ///< null: no join file
  std::string certificate_key = {};  ///< of a joining master
  std::string index_sha256 = {};     ///< of the bundle
  host::OsRelease os = host::os_release(host);
  std::vector<Check> found;

  void error(std::string id, std::string seen, std::string fix) {
    found.push_back({std::move(id), Severity::error, std::move(seen), std::move(fix)});
  }
  void warning(std::string id, std::string seen, std::string fix) {
    found.push_back({std::move(id), Severity::warning, std::move(seen), std::move(fix)});
  }

  bool is_master() const { return node.roles.contains("master"); }
  const format::Component* component(std::string_view name) const;
  /// The 34 of v1.34.3; nothing without Kubernetes in the bundle.
  std::optional<std::uint64_t> kubernetes_minor() const;
  /// Runs a program that may not be there, or not in time: nothing then.
  std::optional<CommandResult> try_ask(std::vector<std::string> argv) const;
  /// Whether a program lies in one of the usual folders of the host.
  bool has_program(std::string_view name) const;
  /// Whether the bundle brings a package of this name for this node.
  bool brings_package(std::string_view name) const;
  /// Names of the processes that run (as /proc/PID/comm has them, cut at 15 bytes).
  bool is_running(std::string_view program) const;
};

using CheckFunction = void (*)(Inspection&);
struct NamedCheck {
  std::string_view name;
  CheckFunction run;
};

/// Runs them all. One that cannot look (a program that is missing) is a warning of its own.
void run_checks(Inspection& inspection, const std::vector<NamedCheck>& checks);

// Each group in a file of its own: preflight_GROUP.cpp.
std::vector<NamedCheck> bundle_checks();    ///< target, clock, images, site values
std::vector<NamedCheck> machine_checks();   ///< root, programs, processor, memory
std::vector<NamedCheck> kernel_checks();    ///< version, cgroups, modules, parameters, swap, SELinux
std::vector<NamedCheck> network_checks();   ///< name, routes, resolver, networks
std::vector<NamedCheck> proxy_checks();     ///< of the shell, and of the daemons
std::vector<NamedCheck> listener_checks();  ///< ports, firewall, the virtual address
std::vector<NamedCheck> runtime_checks();   ///< other runtimes and clusters
std::vector<NamedCheck> join_checks();      ///< join file, site, bundle and cluster belong together
std::vector<NamedCheck> disk_checks();      ///< free space, file systems
std::vector<NamedCheck> time_checks();      ///< clock and its keeping
std::vector<NamedCheck> gpu_checks();
std::vector<NamedCheck> values_checks();   ///< site's values, rendered
std::vector<NamedCheck> package_checks();  ///< dnf's answer, and rpm's test of the transaction
std::vector<NamedCheck> judge_checks();    ///< what the bundle's programs say of their configuration

}  // namespace bundle::preflight
