#include <array>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "rpm/advice.hpp"
#include "rpm/base_system.hpp"
#include "rpm/closure.hpp"
#include "rpm/file_dependencies.hpp"
#include "rpm/module_solver.hpp"
#include "rpm/modulemd.hpp"
#include "rpm/outcome.hpp"
#include "rpm/problems.hpp"
#include "rpm/repository.hpp"
#include "rpm/selection.hpp"
#include "rpm/solv.hpp"
#include "rpm/visibility.hpp"

namespace bundle::rpm {
namespace {

using SolverHandle = Handle<Solver, solver_free>;

/// Of these, several builds are installed side by side; they are never upgraded. Source: dnf.conf(5),
/// installonlypkgs.
constexpr std::array kInstallOnly = {"kernel",
                                     "kernel-core",
                                     "kernel-modules",
                                     "installonlypkg(kernel)",
                                     "installonlypkg(kernel-module)",
                                     "installonlypkg(vm)",
                                     "multiversion(kernel)"};

PoolHandle make_pool(const std::string& arch) {
  PoolHandle pool(pool_create());
  pool_setdisttype(pool.get(), DISTTYPE_RPM);  // Debian's libsolv compares versions as dpkg does by default
  pool_set_flag(pool.get(), POOL_FLAG_WHATPROVIDESWITHDISABLED, 1);
  pool_setarch(pool.get(), arch.c_str());
  return pool;
}

/// As libdnf sets them. No ALLOW_UNINSTALL: a removal from the base is an error to show.
void set_flags(Solver* solver, bool weak) {
  solver_set_flag(solver, SOLVER_FLAG_ALLOW_DOWNGRADE, 1);
  solver_set_flag(solver, SOLVER_FLAG_ALLOW_VENDORCHANGE, 1);
  solver_set_flag(solver, SOLVER_FLAG_KEEP_ORPHANS, 1);
  solver_set_flag(solver, SOLVER_FLAG_BEST_OBEY_POLICY, 1);
  solver_set_flag(solver, SOLVER_FLAG_YUM_OBSOLETES, 1);
  solver_set_flag(solver, SOLVER_FLAG_IGNORE_RECOMMENDED, weak ? 0 : 1);
}

}  // namespace

/// The pool, and what was derived for the base that it holds at the moment.
struct Sack::State {
  State(const std::vector<RepoInput>& inputs, std::string target_arch, std::string platform)
      : pool(make_pool(target_arch)), arch(std::move(target_arch)), platform_id(std::move(platform)) {
    for (const RepoInput& input : inputs) {
      repositories.push_back(load_repository(pool.get(), input));
      read_modulemd(read_module_metadata(repositories.back()), "modules of " + input.id, modules);
    }
    load_notes = modules.problems;
    complete_platform();
  }

  void complete_platform() {
    if (!platform_id.empty() || modules.builds.empty()) {
      return;
    }
    const auto platforms = required_platforms(modules);
    if (platforms.size() == 1) {
      platform_id = "platform:" + platforms.front();
    } else {
      load_notes.push_back("no platform id is given, so no module stream is active");
    }
  }

  /// Makes the pool hold `base` beside the repositories.
  void prepare(const Base& base) {
    if (prepared_base == base) {
      return;
    }
    std::vector<std::string> notes;
    std::vector<spec::Nevra> solved;
    if (base.kind == BaseKind::names) {
      solved =
          with_context("solving the base " + base.path.string(), [&] { return solve_names(base, notes); });
    }
    prepared_base.reset();
    pool_freewhatprovides(pool.get());
    pool->considered = nullptr;
    if (system != nullptr) {
      pool_set_installed(pool.get(), nullptr);
      repo_free(system, 1);
    }
    base_notes = std::move(notes);
    system = repo_create(pool.get(), "@System");
    add_packages(system, std::move(solved), base_notes);
    const auto enabled =
        with_context("reading the base system", [&] { return add_base(system, base, base_notes); });
    pool_set_installed(pool.get(), system);
    const auto active = active_builds(modules, platform_id, enabled, base_notes);
    visibility.emplace(pool.get(), repositories, arch, modules, active);
    pool_addfileprovides(pool.get());
    pool_createwhatprovides(pool.get());
    selector.emplace(pool.get(), *visibility);
    file_scan.emplace(pool.get());
    prepared_base = base;
  }

  /// What an installation of these names is: their closure on nothing.
  std::vector<spec::Nevra> solve_names(const Base& base, std::vector<std::string>& notes) {
    prepare({});
    Wish wish{.best = false};
    for (const std::string& name : read_names(base)) {
      if (selector->find(name).front().empty()) {
        notes.push_back("package " + name + " of the base is in no repository");
      } else {
        wish.packages.push_back(name);
      }
    }
    std::vector<spec::Nevra> packages;
    for (const Package& package : close(wish).install) {
      packages.push_back({.name = package.name,
                          .epoch = package.epoch,
                          .version = package.version,
                          .release = package.release,
                          .arch = package.arch});
    }
    return packages;
  }

  /// The files that a dependency in the pool, or the wish, names; nothing when a pattern asks for others.
  std::optional<PathSet> files_spoken_of(const Wish& wish) const {
    PathSet files;
    for (Id id = 1; id < pool->ss.nstrings; ++id) {
      if (const char* text = pool_id2str(pool.get(), id); *text == '/') {
        files.insert(text);
      }
    }
    for (const std::string& wanted : wish.packages) {
      if (wanted.starts_with('/') && wanted.find_first_of("*?[") != std::string::npos) {
        return std::nullopt;
      }
      files.insert(wanted);
    }
    return files;
  }

  /// Do the file lists that were loaded answer for all files that matter now?
  bool has_filelists_for(const Wish& wish) const {
    if (!filelists_loaded || !loaded_files) {
      return filelists_loaded;  // none, or all
    }
    const bool has_wished =
        std::all_of(wish.packages.begin(), wish.packages.end(), [this](const std::string& wanted) {
          return !wanted.starts_with('/') || loaded_files->contains(wanted);
        });
    if (pool->ss.nstrings == loaded_strings) {
      return has_wished;
    }
    const std::optional<PathSet> files = files_spoken_of(wish);
    return files && std::all_of(files->begin(), files->end(), [this](const std::string& file) {
             return !file.starts_with('/') || loaded_files->contains(file);
           });
  }

  /// The second time, when others matter as well, everything.
  void load_filelists_for(const Wish& wish) {
    loaded_files = filelists_loaded ? std::nullopt : files_spoken_of(wish);
    for (LoadedRepository& repository : repositories) {
      load_filelists(repository, loaded_files ? &*loaded_files : nullptr);
    }
    filelists_loaded = true;
    prepared_base.reset();
    prepare(wish.base);
    loaded_strings = pool->ss.nstrings;
  }

  std::vector<Candidates> find_all(const Wish& wish) {
    std::vector<Candidates> all;
    for (const std::string& wanted : wish.packages) {
      for (Candidates& candidates : selector->find(wanted)) {
        all.push_back(std::move(candidates));
      }
    }
    return all;
  }

  bool needs_filelists(const std::vector<Candidates>& all, const Wish& wish) {
    IdQueue start;
    for (const Candidates& candidates : all) {
      if (candidates.empty() && candidates.wanted.starts_with('/')) {
        return true;
      }
      for (const Id p : candidates.packages) {
        start.push(p);
      }
      for (const Id p : candidates.obsoleters) {
        start.push(p);
      }
    }
    return file_scan->needs_filelists(start, wish.weak);
  }

  Closure close(const Wish& wish) {
    prepare(wish.base);
    std::vector<Candidates> all = find_all(wish);
    if (!has_filelists_for(wish) && needs_filelists(all, wish)) {
      load_filelists_for(wish);
      all = find_all(wish);
    }
    refuse_unknown(all);
    Closure closure = solve(all, wish);
    closure.notes.insert(closure.notes.end(), base_notes.begin(), base_notes.end());
    closure.notes.insert(closure.notes.end(), load_notes.begin(), load_notes.end());
    return closure;
  }

  Closure solve(const std::vector<Candidates>& all, const Wish& wish) {
    IdQueue jobs;
    for (const Candidates& candidates : all) {
      add_job(candidates, wish.best, jobs);
    }
    for (const char* name : kInstallOnly) {
      jobs.push(SOLVER_MULTIVERSION | SOLVER_SOLVABLE_PROVIDES, pool_str2id(pool.get(), name, 1));
    }
    const SolverHandle solver(solver_create(pool.get()));
    set_flags(solver.get(), wish.weak);
    if (solver_solve(solver.get(), jobs.get()) != 0) {
      refuse(solver.get(), all, wish);
    }
    return read_outcome(solver.get(), all);
  }

  void add_job(const Candidates& candidates, bool best, IdQueue& jobs) {
    IdQueue packages;
    for (const auto* ids : {&candidates.packages, &candidates.obsoleters}) {
      for (const Id p : *ids) {
        queue_pushunique(packages.get(), p);
      }
    }
    jobs.push(SOLVER_INSTALL | SOLVER_SOLVABLE_ONE_OF | (best ? SOLVER_FORCEBEST : 0),
              pool_queuetowhatprovides(pool.get(), packages.get()));
  }

  void refuse_unknown(const std::vector<Candidates>& all) {
    std::vector<std::string> lines;
    std::string hint;
    for (const Candidates& candidates : all) {
      if (candidates.empty()) {
        lines.push_back(describe_unknown(candidates.wanted));
        hint = hint.empty() && selector->find_hidden(candidates.wanted).empty()
                   ? advice_on_unknown(pool.get(), *visibility, candidates.wanted)
                   : hint;
      }
    }
    if (!lines.empty()) {
      throw Error(ErrorKind::unresolvable, join(lines, "\n"), hint);
    }
  }

  std::string describe_unknown(const std::string& wanted) {
    const auto hidden = selector->find_hidden(wanted);
    if (!hidden.empty()) {
      return "all builds of '" + wanted + "' are filtered out: " + nevra_text(pool.get(), hidden.back()) +
             " by " + visibility->reason(hidden.back());
    }
    std::vector<std::string> ids;
    for (const LoadedRepository& repository : repositories) {
      ids.push_back(repository.input.id);
    }
    return "no package '" + wanted + "' in " + join(ids, ", ");
  }

  [[noreturn]] void refuse(Solver* solver, const std::vector<Candidates>& all, const Wish& wish) {
    std::string text = "these packages cannot be installed together: " + join(wish.packages, ", ");
    if (wish.packages.size() == 1) {
      text = wish.packages.front() + " cannot be installed";
    }
    const auto hidden = [&](Id p) { return visibility->reason(p); };
    std::vector<std::string> wanted;
    for (const Candidates& candidates : all) {
      wanted.push_back(candidates.wanted);
    }
    for (const std::string& line : describe_problems(solver, wanted, hidden)) {
      text += "\n  - " + line;
    }
    throw Error(ErrorKind::unresolvable, text);
  }

  PoolHandle pool;
  std::string arch;
  std::string platform_id;
  std::vector<LoadedRepository> repositories;
  ModuleMetadata modules;
  std::vector<std::string> load_notes;
  bool filelists_loaded = false;
  std::optional<PathSet> loaded_files;  ///< those that were looked for; nothing: all
  int loaded_strings = 0;               ///< of the pool, when they were loaded

  std::optional<Base> prepared_base;
  Repo* system = nullptr;
  std::vector<std::string> base_notes;
  std::optional<Visibility> visibility;
  std::optional<Selector> selector;
  std::optional<FileDependencyScan> file_scan;
};

Sack::Sack(const std::vector<RepoInput>& repositories, const std::string& arch,
           const std::string& platform_id)
    : state_(std::make_unique<State>(repositories, arch, platform_id)) {}
Sack::~Sack() = default;
Sack::Sack(Sack&&) noexcept = default;
Sack& Sack::operator=(Sack&&) noexcept = default;

Closure Sack::close(const Wish& wish) { return state_->close(wish); }

std::size_t Sack::package_count() const {
  std::size_t count = 0;
  for (const LoadedRepository& repository : state_->repositories) {
    count += static_cast<std::size_t>(repository.repo->nsolvables);
  }
  return count;
}

bool Sack::has_filelists() const { return state_->filelists_loaded; }

Closure close_over(const Request& request) {
  return Sack(request.repositories, request.arch, request.platform_id).close(request.wish);
}

}  // namespace bundle::rpm
