#pragma once

#include <string>
#include <vector>

#include "deliver/dnf.hpp"
#include "format/parts.hpp"
#include "host/host.hpp"
#include "host/private_rpmdb.hpp"

namespace bundle::preflight {

/// What dnf would do on this host with the bundle's repositories.
struct TrialAnswer {
  std::string problem;                ///< dnf's words when there is no solution; empty: there is one
  std::vector<std::string> installs;  ///< NEVRAs that come, upgrades' new builds among them
  std::vector<std::string>
      base_changes;  ///< what happens to installed packages: `upgrade a-1-1.x86_64 to a-2-1.x86_64`
};

/// A package transaction that is worked out and tested, never made: the installation's dnf, and rpm, see a
/// copy of the rpmdb and the bundle's repositories, all of it in a folder of its own on the tmpfs below /run.
class PackageTrial {
 public:
  /// `host`, `index` and `parts` must outlive it; `platform_id` as in os-release. Throws as TempDir does.
  PackageTrial(host::Host& host, const format::Index& index, const format::PartSet& parts,
               std::string platform_id);

  /// NEVRAs, sorted.
  std::vector<std::string> installed() const;
  /// Throws Error(step) when dnf does not run.
  TrialAnswer ask_dnf(const std::vector<std::string>& nevras) const;

  /// Bytes that `unpack` puts into memory for these packages.
  std::uint64_t needed_bytes(const std::vector<std::string>& nevras) const;
  /// Throws Error(integrity) for a package that the index does not list.
  void unpack(const std::vector<std::string>& nevras) const;
  /// As `ask_dnf`, up to the transaction itself: dnf imports the bundle's keys (into the copy) and checks the
  /// packages, which must have been unpacked, as this host's rpm and its policy will. Empty: all is well;
  /// else dnf's words.
  std::string check_signatures(const std::vector<std::string>& nevras) const;
  /// rpm's test of the transaction of unpacked packages: signatures, requirements, conflicts, files in each
  /// other's way, disk space. Empty: all is well; else rpm's words.
  std::string test(const std::vector<std::string>& nevras) const;
  const std::filesystem::path& folder() const { return work_.path(); }

 private:
  CommandResult run(std::vector<std::string> argv) const;
  CommandResult run_dnf(const std::vector<std::string>& nevras, std::vector<std::string> options) const;
  const format::Entry* entry_of(const std::string& nevra) const;
  std::filesystem::path path_of(const std::string& nevra) const;

  host::Host& host_;
  const format::Index& index_;
  const format::PartSet& parts_;
  TempDir work_;
  host::PrivateRpmdb rpmdb_;
  std::string platform_id_;
  deliver::DnfFolders folders_;
};

/// Reads libsolv's text of a solution into `answer`. Source: libsolv, ext/testcase.c (testcase_solverresult).
void parse_solution(std::string_view text, TrialAnswer& answer);

}  // namespace bundle::preflight
