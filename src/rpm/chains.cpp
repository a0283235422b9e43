#include "rpm/chains.hpp"

#include <deque>
#include <unordered_map>
#include <unordered_set>

namespace bundle::rpm {
namespace {

struct Link {
  Id by = 0;          ///< the package that asks; 0: wanted itself
  Id dependency = 0;  ///< what it asks for
  std::size_t root = 0;
};

class ChainFinder {
 public:
  ChainFinder(Pool* pool, const std::vector<Id>& installed, const std::vector<Root>& roots)
      : pool_(pool), installed_(installed.begin(), installed.end()), roots_(roots) {
    for (std::size_t root = 0; root < roots.size(); ++root) {
      for (const Id p : roots[root].packages) {
        reach(p, {.root = root});
      }
    }
    while (!todo_.empty()) {
      const Id p = todo_.front();
      todo_.pop_front();
      follow(p);
    }
  }

  std::vector<std::string> chain(Id p) {
    std::vector<std::string> chain;
    for (auto it = links_.find(p); it != links_.end(); it = links_.find(it->second.by)) {
      if (it->second.by == 0) {
        chain.push_back(roots_[it->second.root].wanted);
        return chain;
      }
      chain.push_back(std::string(pool_dep2str(pool_, it->second.dependency)) + " of " +
                      nevra_text(pool_, it->second.by));
    }
    return {"goes with the rest"};
  }

 private:
  void reach(Id p, const Link& link) {
    if (installed_.contains(p) && links_.emplace(p, link).second) {
      todo_.push_back(p);
    }
  }

  void follow(Id p) {
    for (const Id key : {SOLVABLE_REQUIRES, SOLVABLE_RECOMMENDS}) {
      IdQueue dependencies;
      solvable_lookup_deparray(pool_id2solvable(pool_, p), key, dependencies.get(), -1);
      for (const Id dependency : dependencies) {
        follow_dependency(p, dependency);
      }
    }
    follow_supplements(p);
  }

  void follow_dependency(Id p, Id dependency) {
    if (dependency == SOLVABLE_PREREQMARKER) {
      return;
    }
    for_each_provider(pool_, dependency, [&](Id q) { reach(q, {.by = p, .dependency = dependency}); });
  }

  /// Packages that say of themselves that they go with `p`.
  void follow_supplements(Id p) {
    for (const Id q : installed_) {
      if (links_.contains(q)) {
        continue;
      }
      IdQueue dependencies;
      solvable_lookup_deparray(pool_id2solvable(pool_, q), SOLVABLE_SUPPLEMENTS, dependencies.get(), -1);
      for (const Id dependency : dependencies) {
        if (pool_match_dep(pool_, pool_id2solvable(pool_, p)->name, dependency) != 0) {
          reach(q, {.by = p, .dependency = dependency});
        }
      }
    }
  }

  Pool* pool_;
  std::unordered_set<Id> installed_;
  const std::vector<Root>& roots_;
  std::unordered_map<Id, Link> links_;
  std::deque<Id> todo_;
};

}  // namespace

std::vector<std::vector<std::string>> chains(Pool* pool, const std::vector<Id>& installed,
                                             const std::vector<Root>& roots) {
  ChainFinder finder(pool, installed, roots);
  std::vector<std::vector<std::string>> all;
  all.reserve(installed.size());
  for (const Id p : installed) {
    all.push_back(finder.chain(p));
  }
  return all;
}

}  // namespace bundle::rpm
