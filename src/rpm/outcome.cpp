#include "rpm/outcome.hpp"

extern "C" {
#include <solv/chksum.h>
#include <solv/transaction.h>
}

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/relpath.hpp"
#include "base/text.hpp"
#include "rpm/chains.hpp"

namespace bundle::rpm {
namespace {

/// dnf.conf(5), the default of installonly_limit.
constexpr int kInstallOnlyLimit = 3;

using TransactionHandle = Handle<Transaction, transaction_free>;

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

/// Refuses what is no path. One may lead above the repository (`../pool/x.rpm`, as packagecloud's do): it is
/// asked for on the same host only (package_url), and gives nothing on disk its name.
void check_location(const std::string& location) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(location, '/')) {
    if (part != "." && part != "..") {
      parts.emplace_back(part);
    }
  }
  const RelPath checked(join(parts, "/"));
}

Package package_of(Pool* pool, Id id) {
  Solvable* solvable = pool_id2solvable(pool, id);
  const spec::Nevra nevra = nevra_of(pool, solvable);
  Package package{.name = nevra.name,
                  .epoch = nevra.epoch,
                  .version = nevra.version,
                  .release = nevra.release,
                  .arch = nevra.arch,
                  .nevra = nevra.str(),
                  .repository = solvable->repo->name,
                  .location = text_or_empty(solvable_lookup_location(solvable, nullptr)),
                  .location_base = text_or_empty(solvable_lookup_str(solvable, SOLVABLE_MEDIABASE)),
                  .size_bytes = solvable_lookup_num(solvable, SOLVABLE_DOWNLOADSIZE, 0)};
  with_context("reading package " + package.nevra + " of repository " + package.repository,
               [&] { check_location(package.location); });
  Id type = 0;
  const char* checksum = solvable_lookup_checksum(solvable, SOLVABLE_CHECKSUM, &type);
  if (checksum == nullptr) {
    fail(ErrorKind::integrity, "package {} of repository {} has no checksum", package.nevra,
         package.repository);
  }
  package.checksum = checksum;
  package.checksum_kind = to_string(parse_hash_kind(solv_chksum_type2str(type)));
  return package;
}

/// The A of each `(A if kernel)`, where A names a build of the kernel.
void add_kernels(Pool* pool, Id package, Closure& closure) {
  IdQueue required;
  solvable_lookup_idarray(pool_id2solvable(pool, package), SOLVABLE_REQUIRES, required.get());
  const Id kernel = pool_str2id(pool, "kernel", 1);
  for (const Id id : required) {
    if (ISRELDEP(id) == 0 || GETRELDEP(pool, id)->flags != REL_COND || GETRELDEP(pool, id)->evr != kernel) {
      continue;
    }
    const Id wanted = GETRELDEP(pool, id)->name;
    if (ISRELDEP(wanted) != 0 && GETRELDEP(pool, wanted)->name == kernel) {
      closure.kernels.push_back(
          {.requirement = pool_dep2str(pool, wanted), .nevra = nevra_text(pool, package)});
    }
  }
}

class Outcome {
 public:
  Outcome(Solver* solver, const std::vector<Candidates>& wanted)
      : pool_(solver->pool), transaction_(solver_create_transaction(solver)), wanted_(wanted) {
    solver_calculate_multiversionmap(pool_, &solver->job, install_only_.get());
    for (int i = 0; i < transaction_->steps.count; ++i) {
      const Id p = transaction_->steps.elements[i];
      (is_installed(p) ? leaving_ : arriving_).push_back(p);
    }
  }

  Closure read() {
    Closure closure;
    const auto why = chains(pool_, arriving_, roots());
    for (std::size_t i = 0; i < arriving_.size(); ++i) {
      closure.install.push_back(package_of(pool_, arriving_[i]));
      closure.install.back().why = why[i];
      add_kernels(pool_, arriving_[i], closure);
    }
    std::sort(closure.install.begin(), closure.install.end(),
              [](const Package& a, const Package& b) { return a.nevra < b.nevra; });
    for (const Id p : leaving_) {
      tell_leaving(p, closure);
    }
    tell_outnumbered(closure);
    std::sort(closure.upgrades.begin(), closure.upgrades.end());
    std::sort(closure.removals.begin(), closure.removals.end());
    for (const Candidates& candidates : wanted_) {
      tell_replaced(candidates, closure);
    }
    return closure;
  }

 private:
  bool is_installed(Id p) const {
    return pool_->installed != nullptr && pool_id2solvable(pool_, p)->repo == pool_->installed;
  }
  bool arrives(Id p) const { return std::find(arriving_.begin(), arriving_.end(), p) != arriving_.end(); }
  bool leaves(Id p) const { return std::find(leaving_.begin(), leaving_.end(), p) != leaving_.end(); }
  bool is_there_afterwards(Id p) const { return arrives(p) || (is_installed(p) && !leaves(p)); }

  std::vector<Root> roots() const {
    std::vector<Root> roots;
    for (const Candidates& candidates : wanted_) {
      Root root{.wanted = candidates.wanted, .packages = candidates.packages};
      root.packages.insert(root.packages.end(), candidates.obsoleters.begin(), candidates.obsoleters.end());
      roots.push_back(std::move(root));
    }
    return roots;
  }

  void tell_leaving(Id p, Closure& closure) {
    const Id type = transaction_type(transaction_.get(), p, SOLVER_TRANSACTION_SHOW_OBSOLETES);
    const Id by = transaction_obs_pkg(transaction_.get(), p);
    const std::string old = nevra_text(pool_, p);
    const std::string by_text = by == 0 ? "" : nevra_text(pool_, by);
    switch (type) {
      case SOLVER_TRANSACTION_UPGRADED:
        closure.upgrades.push_back(old + " is upgraded to " + by_text);
        break;
      case SOLVER_TRANSACTION_DOWNGRADED:
        closure.upgrades.push_back(old + " is downgraded to " + by_text);
        break;
      case SOLVER_TRANSACTION_CHANGED:
      case SOLVER_TRANSACTION_REINSTALLED:
        closure.upgrades.push_back(old + " is installed again from " +
                                   pool_id2solvable(pool_, by)->repo->name);
        break;
      case SOLVER_TRANSACTION_OBSOLETED:
        closure.removals.push_back(old + " is replaced by " + by_text + ", which obsoletes it");
        break;
      default:
        closure.removals.push_back(old + " is removed");
    }
  }

  /// The solver keeps any number of kernels, dnf as many as its installonly_limit says, and always the one
  /// that runs, which only the target knows. Source: libdnf, Goal::Impl::limitInstallonlyPackages.
  void tell_outnumbered(Closure& closure) const {
    std::map<Id, int> arriving;
    for (const Id p : arriving_) {
      if (install_only_.has(p)) {
        ++arriving[pool_id2solvable(pool_, p)->name];
      }
    }
    for (const auto& [name, count] : arriving) {
      const std::vector<Id> old = remaining(name);
      const auto have = static_cast<int>(old.size());
      const int surplus = std::min(have + count - kInstallOnlyLimit, have);
      if (surplus > 0) {
        const std::string which = surplus == 1 ? "the oldest" : fmt::format("the {} oldest", surplus);
        closure.removals.push_back(fmt::format("dnf keeps {} builds of {}: it removes {} not running of {}",
                                               kInstallOnlyLimit, pool_id2str(pool_, name), which,
                                               first_nevras(old, std::min(surplus + 1, have))));
      }
    }
  }

  std::string first_nevras(const std::vector<Id>& packages, int count) const {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) {
      texts.push_back(nevra_text(pool_, packages[static_cast<std::size_t>(i)]));
    }
    return join(texts, ", ");
  }

  /// Builds of this name on the base that stay, the oldest first.
  std::vector<Id> remaining(Id name) const {
    std::vector<Id> builds;
    Id p = 0;
    Solvable* solvable = nullptr;
    if (pool_->installed != nullptr) {
      FOR_REPO_SOLVABLES(pool_->installed, p, solvable) {
        if (solvable->name == name && !leaves(p)) {
          builds.push_back(p);
        }
      }
    }
    std::sort(builds.begin(), builds.end(), [&](Id a, Id b) {
      return pool_evrcmp(pool_, pool_id2solvable(pool_, a)->evr, pool_id2solvable(pool_, b)->evr,
                         EVRCMP_COMPARE) < 0;
    });
    return builds;
  }

  void tell_replaced(const Candidates& candidates, Closure& closure) {
    const auto there = [&](Id p) { return is_there_afterwards(p); };
    if (std::any_of(candidates.packages.begin(), candidates.packages.end(), there)) {
      return;
    }
    const auto by = std::find_if(candidates.obsoleters.begin(), candidates.obsoleters.end(), there);
    if (by != candidates.obsoleters.end()) {
      const std::string name = pool_id2str(pool_, pool_id2solvable(pool_, candidates.packages[0])->name);
      closure.notes.push_back(name + " is replaced by " + nevra_text(pool_, *by) + ", which obsoletes it");
    }
  }

  Pool* pool_;
  TransactionHandle transaction_;
  const std::vector<Candidates>& wanted_;
  IdSet install_only_;
  std::vector<Id> arriving_;
  std::vector<Id> leaving_;
};

}  // namespace

Closure read_outcome(Solver* solver, const std::vector<Candidates>& wanted) {
  return Outcome(solver, wanted).read();
}

}  // namespace bundle::rpm
