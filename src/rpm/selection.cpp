#include "rpm/selection.hpp"

extern "C" {
#include <solv/selection.h>
}

#include <fnmatch.h>

#include <map>
#include <optional>

namespace bundle::rpm {
namespace {

constexpr int kSelectionFlags = SELECTION_NAME | SELECTION_PROVIDES | SELECTION_FILELIST | SELECTION_CANON |
                                SELECTION_DOTARCH | SELECTION_REL | SELECTION_GLOB;

Selection select(Pool* pool, const std::string& wanted, int flags) {
  IdQueue selection;
  IdQueue packages;
  const int matched = selection_make(pool, selection.get(), wanted.c_str(), flags);
  if (matched != 0) {
    selection_solvables(pool, selection.get(), packages.get());
  }
  const int kinds = matched & (kSelectionFlags & ~SELECTION_GLOB);
  return {.packages = {packages.begin(), packages.end()}, .by_name_alone = kinds == SELECTION_NAME};
}

/// A pattern over files means one package that has such a file, any other all names that it matches. Source:
/// libdnf, Subject._get_best_selectors in python/hawkey/__init__.py.
bool wants_every_name(const std::string& wanted) {
  return wanted.find_first_of("*?[") != std::string::npos && !wanted.starts_with('/') &&
         !wanted.starts_with("*/");
}

/// What a pattern may mean, in dnf's order: NEVRA, name.arch, name, name-version-release, name-version.
/// Source: libdnf, HY_FORM_* in hy-subject.cpp.
std::vector<spec::Nevra> readings(const std::string& pattern) {
  std::vector<spec::Nevra> all;
  const auto add = [&](std::optional<spec::Nevra> reading) {
    if (reading) {
      all.push_back(std::move(*reading));
    }
  };
  add(spec::parse_nevra(pattern));
  if (const auto dot = pattern.rfind('.'); dot != std::string::npos) {
    add(spec::Nevra{pattern.substr(0, dot), "", "*", "*", pattern.substr(dot + 1)});
  }
  add(spec::Nevra{pattern, "", "*", "*", "*"});
  add(spec::parse_nevra(pattern + ".*"));
  add(spec::parse_nevra(pattern + "-*.*"));
  return all;
}

bool matches(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool matches(const spec::Nevra& reading, const spec::Nevra& package) {
  return matches(reading.name, package.name) && matches(reading.version, package.version) &&
         matches(reading.release, package.release) && matches(reading.arch, package.arch) &&
         (reading.epoch.empty() || reading.epoch == package.epoch);
}

}  // namespace

Selector::Selector(Pool* pool, const Visibility& visibility) : pool_(pool), visibility_(visibility) {
  Id p = 0;
  FOR_POOL_SOLVABLES(p) {
    if (!visibility.sees(p)) {
      continue;
    }
    IdQueue obsoletes;
    solvable_lookup_deparray(pool_id2solvable(pool, p), SOLVABLE_OBSOLETES, obsoletes.get(), 0);
    for (const Id dependency : obsoletes) {
      const Id name = ISRELDEP(dependency) ? GETRELDEP(pool, dependency)->name : dependency;
      obsoletes_[name].emplace_back(p, dependency);
    }
  }
}

std::vector<Candidates> Selector::find(const std::string& wanted) {
  const bool split = wants_every_name(wanted);
  Selection selection = split ? match(wanted) : Selection{};
  if (selection.packages.empty()) {
    selection = select(pool_, wanted, kSelectionFlags);
  }
  std::map<std::string, Candidates> by_name;
  for (const Id p : selection.packages) {
    if (visibility_.sees(p)) {
      const std::string name = split ? pool_id2str(pool_, pool_id2solvable(pool_, p)->name) : "";
      by_name[name].packages.push_back(p);
    }
  }
  if (by_name.empty()) {
    return {{.wanted = wanted}};
  }
  std::vector<Candidates> found;
  for (auto& [name, candidates] : by_name) {
    candidates.wanted = wanted;
    if (selection.by_name_alone) {
      add_obsoleters(candidates);
    }
    found.push_back(std::move(candidates));
  }
  return found;
}

/// libsolv's own patterns know a version only whole. Last, as dnf does, the pattern is held against NEVRAs.
Selection Selector::match(const std::string& pattern) {
  for (const spec::Nevra& reading : readings(pattern)) {
    auto found = collect([&](const spec::Nevra& package) { return matches(reading, package); });
    if (!found.empty()) {
      return {.packages = std::move(found), .by_name_alone = reading.name == pattern};
    }
  }
  return {.packages = collect([&](const spec::Nevra& package) {
            return matches(pattern, package.str()) || matches(pattern, package.nvra());
          })};
}

std::vector<Id> Selector::collect(const std::function<bool(const spec::Nevra&)>& is_wanted) {
  Pool* pool = pool_;  // the macro's name for it
  std::vector<Id> found;
  Id p = 0;
  FOR_POOL_SOLVABLES(p) {
    if (visibility_.sees(p) && is_wanted(nevra_of(pool, pool_id2solvable(pool, p)))) {
      found.push_back(p);
    }
  }
  return found;
}

void Selector::add_obsoleters(Candidates& candidates) {
  for (const Id p : candidates.packages) {
    Solvable* solvable = pool_id2solvable(pool_, p);
    const auto obsoleting = obsoletes_.find(solvable->name);
    if (obsoleting == obsoletes_.end()) {
      continue;
    }
    for (const auto& [by, dependency] : obsoleting->second) {
      if (pool_match_nevr(pool_, solvable, dependency) != 0) {
        candidates.obsoleters.push_back(by);
      }
    }
  }
}

std::vector<Id> Selector::find_hidden(const std::string& wanted) {
  std::vector<Id> hidden;
  for (const Id p :
       select(pool_, wanted, kSelectionFlags | SELECTION_WITH_DISABLED | SELECTION_WITH_BADARCH).packages) {
    if (!visibility_.sees(p)) {
      hidden.push_back(p);
    }
  }
  return hidden;
}

}  // namespace bundle::rpm
