#pragma once

#include <optional>
#include <set>

#include "support/fakes/arguments.hpp"
#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// A package's name taken apart; `epoch` is empty where there is none.
struct Nevra {
  std::string name;
  std::string epoch;
  std::string version;
  std::string release;
  std::string arch;
};
/// Of `vim-2:8.2-1.el9.x86_64`.
Nevra parse_nevra(const std::string& nevra);

/// rpm and dnf over one RPM database. Packages are known by NEVRA, an epoch of 0 left out.
class FakeRpmdb final : public FakeProgram {
 public:
  struct Package {
    std::map<std::string, std::string> files;  ///< content by path, folders of which nobody owns
    std::set<std::string> configs;             ///< of the files, those that are %config(noreplace)
    std::vector<std::string> needs;            ///< names of other packages
  };
  using Packages = std::map<std::string, Package>;

  explicit FakeRpmdb(HostFolder host) : host_(std::move(host)) {}
  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;
  /// As a transaction does it, without dependencies.
  void install(const std::string& nevra, const Package& package);
  void erase(const std::string& nevra);

  std::string folder = "/var/lib/rpm";
  Packages installed;
  Packages available;                   ///< what the repositories have, for dnf
  std::set<std::string> keys;           ///< `gpg-pubkey-VERSION-RELEASE`
  std::set<std::string> imported_keys;  ///< what dnf adds to `keys` when it installs
  std::string transaction_error;        ///< when not empty, dnf fails with it and installs nothing
  /// Called after each transaction: RPM's triggers.
  std::function<void()> after_transaction = [] {};

 private:
  CommandResult reply_rpm(const Command& command);
  CommandResult query(const Command& command, const Arguments& arguments);
  CommandResult list_files(const Arguments& arguments) const;
  CommandResult verify(const Arguments& arguments) const;
  CommandResult erase_all(const Arguments& arguments);
  CommandResult reply_dnf(const Command& command);
  CommandResult try_install(const Command& command, const Arguments& arguments);
  CommandResult install_all(const Arguments& arguments);
  CommandResult reinstall_all(const Arguments& arguments);
  void erase_replaced(const std::string& nevra, const std::string& by);
  bool is_excluded(const std::string& name, const Arguments& arguments) const;
  void add_needed(const std::string& nevra, std::vector<std::string>& transaction) const;
  std::optional<std::string> find(const Packages& packages, const std::string& wanted) const;

  HostFolder host_;
};

}  // namespace bundle::test
