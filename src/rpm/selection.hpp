#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rpm/solv.hpp"
#include "rpm/visibility.hpp"

namespace bundle::rpm {

/// What a wanted text stands for: one of these is to be installed.
struct Candidates {
  std::string wanted;
  std::vector<Id> packages;    ///< that match it, on the base or to be had
  std::vector<Id> obsoleters;  ///< of these, which dnf takes as well where only a name is wanted
  bool empty() const { return packages.empty(); }
};

/// Packages that a text selects.
struct Selection {
  std::vector<Id> packages;
  bool by_name_alone = false;  ///< without version, architecture or such
};

/// Finds candidates as `dnf install` does. Built anew when the visible packages change.
class Selector {
 public:
  Selector(Pool* pool, const Visibility& visibility);
  /// One element, possibly empty; for a pattern over names one for each name that it matches.
  std::vector<Candidates> find(const std::string& wanted);
  /// Packages that match `wanted` but are hidden.
  std::vector<Id> find_hidden(const std::string& wanted);

 private:
  Selection match(const std::string& pattern);
  std::vector<Id> collect(const std::function<bool(const spec::Nevra&)>& is_wanted);
  void add_obsoleters(Candidates& candidates);

  Pool* pool_;
  const Visibility& visibility_;
  /// Name id -> packages that obsolete something of this name, with the dependency.
  std::unordered_map<Id, std::vector<std::pair<Id, Id>>> obsoletes_;
};

}  // namespace bundle::rpm
