#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rpm/repomd.hpp"

namespace bundle::rpm {

/// A repository whose metadata lies in a local folder, or is brought by the caller. Checksums and sizes are
/// checked against repomd.xml here; the signature of repomd.xml is the caller's matter (rpm/signature.hpp).
struct RepoInput {
  std::string id;
  std::filesystem::path folder;  ///< holds repodata/repomd.xml; empty: its content is in `repomd`
  std::string repomd;
  int priority = 99;                  ///< as dnf's: lower wins
  bool module_hotfixes = false;       ///< its packages are never hidden by module filtering
  std::vector<std::string> excludes;  ///< shell patterns over name, name.arch, name-version, NEVRA
  /// Brings a file that repomd.xml names and tells where it lies. Empty: at `folder / location`.
  std::function<std::filesystem::path(const MetadataFile&)> fetch;
};

/// How the system that packages are installed on was described.
enum class BaseKind {
  none,        ///< nothing is installed
  nevra_list,  ///< a NEVRA a line (more columns are ignored), also `rpm -qa`, which knows no epochs
  names,       ///< package names; with what they need from the repositories, newest first
  facts,       ///< facts.json: {"packages": [NEVRA…], "modules": ["name:stream"…]}
  rpmdb,       ///< a copied folder with rpmdb.sqlite or Packages
  testtags,    ///< libsolv's text form of a system with its dependencies
};

struct Base {
  BaseKind kind = BaseKind::none;
  std::filesystem::path path;
  std::vector<std::string> enabled_modules;  ///< `name:stream`, beside those in facts.json
  bool operator==(const Base&) const = default;
};

/// Tells by the content what `path` is. Throws Error(usage) when there is nothing, Error(spec) when it is
/// none of the forms.
Base detect_base(const std::filesystem::path& path);

/// What is to be installed, in one transaction.
struct Wish {
  std::vector<std::string> packages;  ///< as for `dnf install`: name, name.arch, pattern, `name >= 1.2`,
                                      ///< NEVRA, /a/file, any provided name
  Base base;
  bool weak = false;  ///< take what packages recommend
  bool best = true;   ///< fail rather than take an older build
};

struct Package {
  std::string name;
  std::string epoch;  ///< `0` when there is none
  std::string version;
  std::string release;
  std::string arch;
  std::string nevra;          ///< `name-[epoch:]version-release.arch`, epoch only when not 0
  std::string repository;     ///< its RepoInput's id
  std::string location;       ///< relative to the repository's URL, also above it (`../pool/x.rpm`), …
  std::string location_base;  ///< … or below this URL, when primary has an xml:base
  std::string checksum_kind;
  std::string checksum;  ///< lower-case hex of the .rpm
  std::uint64_t size_bytes = 0;
  /// Who pulled it: `REQUIREMENT of NEVRA` up to a wanted package, and last the wanted text itself.
  std::vector<std::string> why;
};

/// The kernel that a package was made for.
struct KernelOf {
  std::string requirement;  ///< `kernel = 5.14.0-503.el9`
  std::string nevra;        ///< of the package
  bool operator==(const KernelOf&) const = default;
};

struct Closure {
  std::vector<Package> install;       ///< sorted by NEVRA; upgrades of base packages are among them
  std::vector<std::string> upgrades;  ///< what happens to base packages, in words
  std::vector<std::string> removals;
  /// `(kernel = 5.14.0-503 if kernel)` of a package that brings kernel modules says nothing where no package
  /// of the name is installed: the kernels that such packages are for, with who is.
  std::vector<KernelOf> kernels;
  std::vector<std::string>
      notes;  ///< for the user: a wanted name that was replaced, unknown base packages, …
};

/// The packages of some repositories for one target system, loaded once and then solved over as often as
/// wanted. Loading takes the time, a solve some milliseconds. One thread at a time.
class Sack {
 public:
  /// Loads primary and module metadata. `platform_id` as in os-release (`platform:el8`); empty: taken from
  /// the module metadata when that names only one. Throws Error(integrity) when metadata is malformed, over
  /// its caps or not what repomd.xml says.
  Sack(const std::vector<RepoInput>& repositories, const std::string& arch, const std::string& platform_id);
  ~Sack();
  Sack(Sack&&) noexcept;
  Sack& operator=(Sack&&) noexcept;

  /// The closure. Throws Error(unresolvable) when a name is unknown or no set of packages satisfies the wish,
  /// with the chain of requirements in words.
  Closure close(const Wish& wish);

  std::size_t package_count() const;
  /// Whether file lists had to be loaded so far: only when a reachable dependency names a file that primary
  /// does not list.
  bool has_filelists() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Request {
  std::vector<RepoInput> repositories;
  Wish wish;
  std::string arch = "x86_64";
  std::string platform_id;
};

/// One load and one solve.
Closure close_over(const Request& request);

}  // namespace bundle::rpm
