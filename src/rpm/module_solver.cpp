#include "rpm/module_solver.hpp"

#include "rpm/solv.hpp"

extern "C" {
#include <solv/solver.h>
#include <solv/transaction.h>
}

#include <optional>
#include <set>

#include "base/text.hpp"

namespace bundle::rpm {
namespace {

using SolverHandle = Handle<Solver, solver_free>;

Id intern(Pool* pool, const std::string& text) { return pool_str2id(pool, text.c_str(), 1); }
Id module_dependency(Pool* pool, const std::string& name) { return intern(pool, "module(" + name + ")"); }

void add_requirement(Pool* pool, Solvable* solvable, const ModuleBuild::Requirement& requirement) {
  Id any_of = 0;
  for (const std::string& stream : requirement.streams) {
    if (stream.starts_with('-')) {
      const Id not_this = module_dependency(pool, requirement.module + ":" + stream.substr(1));
      solvable_add_deparray(solvable, SOLVABLE_CONFLICTS, not_this, 0);
      continue;
    }
    const Id this_one = module_dependency(pool, requirement.module + ":" + stream);
    any_of = any_of == 0 ? this_one : pool_rel2id(pool, any_of, this_one, REL_OR, 1);
  }
  if (any_of == 0) {
    any_of = module_dependency(pool, requirement.module);
  }
  solvable_add_deparray(solvable, SOLVABLE_REQUIRES, any_of, 0);
}

Id add_solvable(Repo* repo, const std::string& name, const std::string& version, const std::string& module,
                const std::string& stream) {
  Pool* pool = repo->pool;
  const Id id = repo_add_solvable(repo);
  Solvable* solvable = pool_id2solvable(pool, id);
  solvable->name = intern(pool, name);
  solvable->evr = intern(pool, version);
  solvable->arch = ARCH_NOARCH;
  solvable_add_deparray(solvable, SOLVABLE_PROVIDES, module_dependency(pool, module), 0);
  solvable_add_deparray(solvable, SOLVABLE_PROVIDES, module_dependency(pool, module + ":" + stream), 0);
  return id;
}

/// A pool where each build of a module is a package, so that libsolv answers what goes together.
class ModulePool {
 public:
  ModulePool(const ModuleMetadata& metadata, const std::string& platform_id) : pool_(pool_create()) {
    pool_setdisttype(pool_.get(), DISTTYPE_RPM);
    pool_setarch(pool_.get(), "noarch");
    add_platform(platform_id);
    Repo* repo = repo_create(pool_.get(), "modules");
    first_ = pool_->nsolvables;
    for (const ModuleBuild& build : metadata.builds) {
      add_build(repo, build);
    }
    pool_createwhatprovides(pool_.get());
  }

  bool provides(const std::string& module_stream) {
    bool found = false;
    for_each_provider(pool_.get(), module_dependency(pool_.get(), module_stream), [&](Id) { found = true; });
    return found;
  }

  /// Adds a job to install a stream; `weak`: only if that is possible.
  void want(const std::string& module_stream, bool weak) {
    jobs_.push(SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES | (weak ? SOLVER_WEAK : 0),
               module_dependency(pool_.get(), module_stream));
  }

  /// Names (`module:stream:context`) of the chosen builds; `flags` go on every job. Nothing when there is a
  /// problem.
  std::optional<std::set<Id>> solve(int flags) {
    IdQueue jobs;
    for (int i = 0; i < jobs_.size(); i += 2) {
      jobs.push(jobs_[i] | flags, jobs_[i + 1]);
    }
    const SolverHandle solver(solver_create(pool_.get()));
    if (solver_solve(solver.get(), jobs.get()) != 0) {
      return std::nullopt;
    }
    const Handle<Transaction, transaction_free> transaction(solver_create_transaction(solver.get()));
    std::set<Id> names;
    for (int i = 0; i < transaction->steps.count; ++i) {
      names.insert(pool_id2solvable(pool_.get(), transaction->steps.elements[i])->name);
    }
    return names;
  }

  Id name_of_build(std::size_t index) {
    return pool_id2solvable(pool_.get(), first_ + static_cast<Id>(index))->name;
  }

 private:
  void add_platform(const std::string& platform_id) {
    Repo* repo = repo_create(pool_.get(), "@System");
    pool_set_installed(pool_.get(), repo);
    const auto colon = platform_id.find(':');
    if (colon != std::string::npos) {
      add_solvable(repo, platform_id, "0", platform_id.substr(0, colon), platform_id.substr(colon + 1));
    }
  }

  void add_build(Repo* repo, const ModuleBuild& build) {
    const Id id = add_solvable(repo, build.name + ":" + build.stream + ":" + build.context, build.version,
                               build.name, build.stream);
    Solvable* solvable = pool_id2solvable(pool_.get(), id);
    solvable_add_deparray(solvable, SOLVABLE_CONFLICTS, module_dependency(pool_.get(), build.name), 0);
    for (const auto& requirement : build.dependencies) {
      add_requirement(pool_.get(), solvable, requirement);
    }
  }

  PoolHandle pool_;
  IdQueue jobs_;
  Id first_ = 0;
};

std::string module_of(const std::string& module_stream) {
  return module_stream.substr(0, module_stream.find(':'));
}

}  // namespace

std::vector<std::size_t> active_builds(const ModuleMetadata& metadata, const std::string& platform_id,
                                       const std::vector<std::string>& enabled,
                                       std::vector<std::string>& notes) {
  if (metadata.builds.empty()) {
    return {};
  }
  ModulePool pool(metadata, platform_id);
  std::set<std::string> decided;
  for (const std::string& module_stream : enabled) {
    decided.insert(module_of(module_stream));
    if (pool.provides(module_stream)) {
      pool.want(module_stream, false);
    } else {
      notes.push_back("module stream " + module_stream + " is enabled on the base but in no repository");
    }
  }
  for (const auto& [module, chosen] : metadata.defaults) {
    if (!decided.contains(module) && pool.provides(module + ":" + chosen.stream)) {
      pool.want(module + ":" + chosen.stream, true);
    }
  }
  auto names = pool.solve(SOLVER_FORCEBEST);
  if (!names) {
    names = pool.solve(0);
  }
  if (!names) {
    notes.push_back("the enabled module streams do not go together; as many as possible are active");
    names = pool.solve(SOLVER_WEAK);
  }
  std::vector<std::size_t> active;
  for (std::size_t i = 0; names && i < metadata.builds.size(); ++i) {
    if (names->contains(pool.name_of_build(i))) {
      active.push_back(i);
    }
  }
  return active;
}

}  // namespace bundle::rpm
