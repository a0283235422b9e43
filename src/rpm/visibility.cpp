#include "rpm/visibility.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <unordered_set>

namespace bundle::rpm {
namespace {

using Strings = std::unordered_set<std::string>;

/// As modulemd writes artifacts: the epoch is always there.
std::string artifact_text(const spec::Nevra& nevra) {
  return nevra.name + "-" + nevra.epoch + ":" + nevra.version + "-" + nevra.release + "." + nevra.arch;
}

/// What an exclude may mean: name, name.arch, name-version, name-version-release and that with .arch, each
/// with the epoch and without. Source: libdnf, HY_FORM_* in hy-types.h.
std::vector<std::string> texts_of(const spec::Nevra& nevra) {
  std::vector<std::string> texts = {nevra.name, nevra.name + "." + nevra.arch};
  for (const std::string& version : {nevra.version, nevra.epoch + ":" + nevra.version}) {
    const std::string name_version = nevra.name + "-" + version;
    const std::string whole = name_version + "-" + nevra.release;
    texts.insert(texts.end(), {name_version, whole, whole + "." + nevra.arch});
  }
  return texts;
}

/// What the builds of modules say about packages.
struct ModularPackages {
  Strings active;    ///< artifacts
  Strings inactive;  ///< artifacts
  Strings
      names;  ///< of active artifacts, less the demodularized ones: only the active builds of these are seen
};

ModularPackages sort_artifacts(const ModuleMetadata& modules, const std::vector<std::size_t>& active) {
  ModularPackages packages;
  for (std::size_t i = 0; i < modules.builds.size(); ++i) {
    const bool is_active = std::binary_search(active.begin(), active.end(), i);
    for (const std::string& artifact : modules.builds[i].artifacts) {
      (is_active ? packages.active : packages.inactive).insert(artifact);
      const auto nevra = spec::parse_nevra(artifact);
      if (is_active && nevra && nevra->arch != "src") {
        packages.names.insert(nevra->name);
      }
    }
  }
  for (const std::size_t i : active) {
    for (const std::string& name : modules.builds[i].demodularized) {
      packages.names.erase(name);
    }
  }
  return packages;
}

/// The ids of those names that occur in the pool at all.
void to_ids(Pool* pool, const Strings& names, IdSet& ids) {
  for (const std::string& name : names) {
    if (const Id id = pool_str2id(pool, name.c_str(), 0); id != 0) {
      ids.add(id);
    }
  }
}

bool provides_any(Pool* pool, Solvable* solvable, const IdSet& names) {
  if (names.has(solvable->name)) {
    return true;
  }
  IdQueue provides;
  solvable_lookup_deparray(solvable, SOLVABLE_PROVIDES, provides.get(), -1);
  return std::any_of(provides.begin(), provides.end(),
                     [&](Id id) { return names.has(ISRELDEP(id) ? GETRELDEP(pool, id)->name : id); });
}

}  // namespace

Visibility::Visibility(Pool* pool, const std::vector<LoadedRepository>& repositories, const std::string& arch,
                       const ModuleMetadata& modules, const std::vector<std::size_t>& active)
    : pool_(pool), hidden_(static_cast<std::size_t>(pool->nsolvables), Hidden::no) {
  considered_.fill(pool->nsolvables);
  const Id arch_id = pool_str2id(pool, arch.c_str(), 1);
  for (const LoadedRepository& repository : repositories) {
    Id p = 0;
    Solvable* solvable = nullptr;
    FOR_REPO_SOLVABLES(repository.repo, p, solvable) {
      if (solvable->arch != arch_id && solvable->arch != ARCH_NOARCH) {
        hide(p, Hidden::arch);
      }
    }
    hide_by_exclude(repository);
  }
  if (!modules.builds.empty()) {
    hide_by_modules(repositories, modules, active);
  }
  pool->considered = considered_.get();
}

void Visibility::hide(Id package, Hidden why) {
  considered_.remove(package);
  Hidden& entry = hidden_[static_cast<std::size_t>(package)];
  entry = entry == Hidden::no ? why : entry;
}

void Visibility::hide_by_exclude(const LoadedRepository& repository) {
  if (repository.input.excludes.empty()) {
    return;
  }
  Id p = 0;
  Solvable* solvable = nullptr;
  FOR_REPO_SOLVABLES(repository.repo, p, solvable) {
    const std::vector<std::string> texts = texts_of(nevra_of(pool_, solvable));
    for (const std::string& pattern : repository.input.excludes) {
      if (std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
            return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
          })) {
        hide(p, Hidden::exclude);
      }
    }
  }
}

/// Source: libdnf, ModulePackageContainer and dnf_sack_filter_modules_v2.
void Visibility::hide_by_modules(const std::vector<LoadedRepository>& repositories,
                                 const ModuleMetadata& modules, const std::vector<std::size_t>& active) {
  const ModularPackages modular = sort_artifacts(modules, active);
  IdSet names;
  to_ids(pool_, modular.names, names);
  for (const LoadedRepository& repository : repositories) {
    if (repository.input.module_hotfixes) {
      continue;
    }
    Id p = 0;
    Solvable* solvable = nullptr;
    FOR_REPO_SOLVABLES(repository.repo, p, solvable) {
      const std::string artifact = artifact_text(nevra_of(pool_, solvable));
      if (modular.active.contains(artifact)) {
        continue;
      }
      if (modular.inactive.contains(artifact) || provides_any(pool_, solvable, names)) {
        hide(p, Hidden::module);
      }
    }
  }
}

std::string Visibility::reason(Id package) const {
  switch (hidden_[static_cast<std::size_t>(package)]) {
    case Hidden::no:
      return {};
    case Hidden::arch:
      return "its architecture";
    case Hidden::exclude:
      return "an exclude of its repository";
    case Hidden::module:
      return "modular filtering (its module stream is not enabled)";
  }
  return {};
}

}  // namespace bundle::rpm
