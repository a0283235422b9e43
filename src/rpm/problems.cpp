#include "rpm/problems.hpp"

extern "C" {
#include <solv/problems.h>
#include <solv/rules.h>
}

#include <fmt/core.h>

#include <algorithm>
#include <map>

namespace bundle::rpm {
namespace {

struct Rule {
  SolverRuleinfo type = SOLVER_RULE_UNKNOWN;
  Id source = 0;
  Id target = 0;
  Id dependency = 0;
  Id id = 0;
};

class ProblemWriter {
 public:
  ProblemWriter(Solver* solver, const std::vector<std::string>& wanted, const HiddenReason& hidden)
      : solver_(solver), pool_(solver->pool), wanted_(wanted), hidden_(hidden) {}

  std::vector<std::string> lines(Id problem) {
    std::vector<Rule> rules = rules_of(problem);
    std::stable_sort(rules.begin(), rules.end(),
                     [&](const Rule& a, const Rule& b) { return rank(a) < rank(b); });
    std::vector<std::string> lines;
    for (const Rule& rule : rules) {
      std::string line = describe(rule);
      if (!line.empty() && std::find(lines.begin(), lines.end(), line) == lines.end()) {
        lines.push_back(std::move(line));
      }
    }
    return lines;
  }

 private:
  std::vector<Rule> rules_of(Id problem) {
    IdQueue ids;
    solver_findallproblemrules(solver_, problem, ids.get());
    std::vector<Rule> rules;
    for (const Id id : ids) {
      Rule rule{.id = id};
      rule.type = solver_ruleinfo(solver_, id, &rule.source, &rule.target, &rule.dependency);
      rules.push_back(rule);
    }
    depths_ = depths(rules);
    return rules;
  }

  /// Steps from a wanted package, following the requirements among the rules.
  std::map<Id, int> depths(const std::vector<Rule>& rules) {
    std::map<Id, int> depth;
    for (const Rule& rule : rules) {
      if (starts_chain(rule)) {
        IdQueue literals;
        solver_ruleliterals(solver_, rule.id, literals.get());
        for (const Id p : literals) {
          if (p > 0) {
            depth[p] = 0;
          }
        }
      }
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (const Rule& rule : rules) {
        const auto from = depth.find(rule.source);
        if (rule.type != SOLVER_RULE_PKG_REQUIRES || from == depth.end()) {
          continue;
        }
        const int next = from->second + 1;
        for_each_provider(pool_, rule.dependency, [&](Id p) { changed |= depth.emplace(p, next).second; });
      }
    }
    return depth;
  }

  /// What the user asked for: a job, or that the best candidate of a job is taken.
  static bool starts_chain(const Rule& rule) {
    const int type = rule.type & SOLVER_RULE_TYPEMASK;
    return type == SOLVER_RULE_JOB || type == SOLVER_RULE_BEST;
  }

  /// Wanted packages first, then by distance from them.
  int rank(const Rule& rule) {
    if (starts_chain(rule)) {
      return -1;
    }
    const auto it = depths_.find(rule.source);
    return it == depths_.end() ? 1'000'000 : it->second;
  }

  std::string package(Id id) { return nevra_text(pool_, id); }
  std::string dependency(Id id) { return pool_dep2str(pool_, id); }
  bool is_installed(Id id) {
    return pool_->installed != nullptr && pool_id2solvable(pool_, id)->repo == pool_->installed;
  }

  std::string job_text(const Rule& rule) {
    const int index = solver_rule2jobidx(solver_, rule.id);
    const auto position = static_cast<std::size_t>(index - 1) / 2;
    return index > 0 && position < wanted_.size() ? wanted_[position] : std::string();
  }

  std::string not_installable(Id id) {
    const std::string reason = hidden_(id);
    return reason.empty() ? package(id) + " does not fit the architecture"
                          : package(id) + " is filtered out by " + reason;
  }

  std::string nothing_provides(const Rule& rule) {
    return fmt::format("nothing provides {} needed by {}", dependency(rule.dependency), package(rule.source));
  }

  std::string describe(const Rule& rule) {
    switch (rule.type) {
      case SOLVER_RULE_PKG_NOT_INSTALLABLE:
        return not_installable(rule.source);
      case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP:
        return nothing_provides(rule);
      case SOLVER_RULE_PKG_REQUIRES:
        return fmt::format("{} requires {}, but none of its providers can be installed", package(rule.source),
                           dependency(rule.dependency));
      case SOLVER_RULE_PKG_CONFLICTS:
        return fmt::format("{} conflicts with {} provided by {}{}", package(rule.source),
                           dependency(rule.dependency), package(rule.target),
                           is_installed(rule.target) ? " of the base" : "");
      case SOLVER_RULE_PKG_OBSOLETES:
      case SOLVER_RULE_PKG_INSTALLED_OBSOLETES:
        return fmt::format("{} obsoletes {} provided by {}{}", package(rule.source),
                           dependency(rule.dependency), package(rule.target),
                           is_installed(rule.target) ? " of the base" : "");
      case SOLVER_RULE_PKG_SAME_NAME:
        return fmt::format("{} and {} cannot both be installed", package(rule.source), package(rule.target));
      case SOLVER_RULE_BEST:
        return rule.source > 0
                   ? fmt::format("{} is updated to the newest build or not at all", package(rule.source))
                   : "only the newest build of what is wanted is taken (without 'best', an older one)";
      case SOLVER_RULE_UPDATE:
        return fmt::format("{} of the base may not be removed", package(rule.source));
      case SOLVER_RULE_JOB:
        return "wanted: " + job_text(rule);
      case SOLVER_RULE_LEARNT:
        return {};  // follows from the others
      default:
        return solver_problemruleinfo2str(solver_, rule.type, rule.source, rule.target, rule.dependency);
    }
  }

  Solver* solver_;
  Pool* pool_;
  const std::vector<std::string>& wanted_;
  const HiddenReason& hidden_;
  std::map<Id, int> depths_;
};

}  // namespace

std::vector<std::string> describe_problems(Solver* solver, const std::vector<std::string>& wanted,
                                           const HiddenReason& hidden) {
  ProblemWriter writer(solver, wanted, hidden);
  std::vector<std::string> all;
  const int count = static_cast<int>(solver_problem_count(solver));
  for (Id problem = 1; problem <= count; ++problem) {
    if (count > 1) {
      all.push_back(fmt::format("problem {} of {}:", problem, count));
    }
    const auto lines = writer.lines(problem);
    all.insert(all.end(), lines.begin(), lines.end());
  }
  return all;
}

}  // namespace bundle::rpm
