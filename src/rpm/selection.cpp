#include "rpm/selection.hpp"

extern "C" {
#include <solv/selection.h>
}

#include <algorithm>

namespace bundle::rpm {
namespace {

constexpr int kSelectionFlags = SELECTION_NAME | SELECTION_PROVIDES | SELECTION_FILELIST | SELECTION_CANON |
                                SELECTION_DOTARCH | SELECTION_REL | SELECTION_GLOB;

std::vector<Id> select(Pool* pool, const std::string& wanted, int flags) {
  IdQueue selection;
  IdQueue packages;
  if (selection_make(pool, selection.get(), wanted.c_str(), flags) != 0) {
    selection_solvables(pool, selection.get(), packages.get());
  }
  return {packages.begin(), packages.end()};
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

Candidates Selector::find(const std::string& wanted) {
  Candidates found{.wanted = wanted};
  for (const Id p : select(pool_, wanted, kSelectionFlags)) {
    if (visibility_.sees(p)) {
      found.packages.push_back(p);
    }
  }
  for (const Id p : found.packages) {
    Solvable* solvable = pool_id2solvable(pool_, p);
    const auto obsoleting = obsoletes_.find(solvable->name);
    if (obsoleting == obsoletes_.end()) {
      continue;
    }
    for (const auto& [by, dependency] : obsoleting->second) {
      if (pool_match_nevr(pool_, solvable, dependency) != 0) {
        found.obsoleters.push_back(by);
      }
    }
  }
  return found;
}

std::vector<Id> Selector::find_hidden(const std::string& wanted) {
  std::vector<Id> hidden;
  for (const Id p :
       select(pool_, wanted, kSelectionFlags | SELECTION_WITH_DISABLED | SELECTION_WITH_BADARCH)) {
    if (!visibility_.sees(p)) {
      hidden.push_back(p);
    }
  }
  return hidden;
}

}  // namespace bundle::rpm
