#pragma once

#include <string>
#include <vector>

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

/// A package transaction that is worked out and tested, never made: dnf and rpm see a copy of the rpmdb and
/// the bundle's repositories, all of it in a folder of its own on the tmpfs below /run.
class PackageTrial {
 public:
  /// `host`, `index` and `parts` must outlive it. Throws as TempDir does.
  PackageTrial(host::Host& host, const format::Index& index, const format::PartSet& parts);

  /// NEVRAs, sorted.
  std::vector<std::string> installed() const;
  /// `platform_id` as in os-release. Throws Error(step) when dnf does not run.
  TrialAnswer ask_dnf(const std::vector<std::string>& nevras, const std::string& platform_id) const;

  /// Bytes that `test` puts into memory for these packages.
  std::uint64_t needed_bytes(const std::vector<std::string>& nevras) const;
  /// rpm's test of the transaction: requirements, conflicts, files in each other's way, disk space. Empty:
  /// all is well; else rpm's words.
  std::string test(const std::vector<std::string>& nevras) const;
  const std::filesystem::path& folder() const { return work_.path(); }

 private:
  void extract_repositories() const;
  std::vector<std::string> read_solution(TrialAnswer& answer) const;
  const format::Entry* entry_of(const std::string& nevra) const;

  host::Host& host_;
  const format::Index& index_;
  const format::PartSet& parts_;
  TempDir work_;
  host::PrivateRpmdb rpmdb_;
};

/// Reads libsolv's text of a solution into `answer`. Source: libsolv, ext/testcase.c (testcase_solverresult).
void parse_solution(std::string_view text, TrialAnswer& answer);

}  // namespace bundle::preflight
