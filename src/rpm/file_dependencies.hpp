#pragma once

#include "rpm/solv.hpp"

namespace bundle::rpm {

/// Finds out whether primary's file lists are enough: they are, when every file that a package reachable by
/// requirements asks for or conflicts with is one that primary lists for all packages (/etc/, …bin/,
/// /usr/lib/sendmail) and somebody there has it. Remembers what it saw, so that further wishes over the same
/// packages cost little.
class FileDependencyScan {
 public:
  explicit FileDependencyScan(Pool* pool) : pool_(pool) {}

  /// True when complete file lists are needed to resolve `start`; `weak` follows recommendations, too.
  bool needs_filelists(IdQueue& start, bool weak);

 private:
  void visit_package(Id package, bool weak);
  void visit_conflicts(Solvable* solvable);
  void visit_dependency(Id dependency);
  void visit_name(Id dependency);

  Pool* pool_;
  IdSet seen_packages_;
  IdSet seen_names_;
  IdSet seen_relations_;
  IdQueue todo_;
  bool found_ = false;
};

/// Whether primary.xml lists files of this path. Source: createrepo_c, cr_is_primary() in src/misc.h.
bool is_in_primary(std::string_view path);

}  // namespace bundle::rpm
