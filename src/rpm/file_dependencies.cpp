#include "rpm/file_dependencies.hpp"

namespace bundle::rpm {

bool is_in_primary(std::string_view path) {
  return path.starts_with("/etc/") || path == "/usr/lib/sendmail" ||
         path.find("bin/") != std::string_view::npos;
}

bool FileDependencyScan::needs_filelists(IdQueue& start, bool weak) {
  for (const Id package : start) {
    if (seen_packages_.add(package)) {
      todo_.push(package);
    }
  }
  while (!todo_.empty() && !found_) {
    visit_package(queue_pop(todo_.get()), weak);
  }
  return found_;
}

void FileDependencyScan::visit_package(Id package, bool weak) {
  Solvable* solvable = pool_id2solvable(pool_, package);
  for (const Id key : {SOLVABLE_REQUIRES, SOLVABLE_RECOMMENDS}) {
    if (key == SOLVABLE_RECOMMENDS && !weak) {
      continue;
    }
    IdQueue dependencies;
    solvable_lookup_deparray(solvable, key, dependencies.get(), -1);
    for (const Id dependency : dependencies) {
      visit_dependency(dependency);
    }
  }
  visit_conflicts(solvable);
}

/// A conflict names what must not be there, so nobody is followed; only a file can be unknown.
void FileDependencyScan::visit_conflicts(Solvable* solvable) {
  IdQueue conflicts;
  solvable_lookup_deparray(solvable, SOLVABLE_CONFLICTS, conflicts.get(), -1);
  for (const Id conflict : conflicts) {
    const std::string_view name = ISRELDEP(conflict) ? "" : pool_id2str(pool_, conflict);
    found_ = found_ || (name.starts_with('/') && !is_in_primary(name));
  }
}

void FileDependencyScan::visit_dependency(Id dependency) {
  if (dependency == SOLVABLE_PREREQMARKER) {
    return;
  }
  if (ISRELDEP(dependency)) {
    if (!seen_relations_.add(GETRELID(dependency))) {
      return;
    }
    const Reldep* relation = GETRELDEP(pool_, dependency);
    if (relation->flags > 7) {  // a rich dependency: its sides are dependencies themselves
      const Id left = relation->name;
      const Id right = relation->evr;
      visit_dependency(left);
      visit_dependency(right);
      return;
    }
  } else if (!seen_names_.add(dependency)) {
    return;
  }
  visit_name(dependency);
}

void FileDependencyScan::visit_name(Id dependency) {
  bool provided = false;
  for_each_provider(pool_, dependency, [&](Id p) {
    provided = true;
    if (seen_packages_.add(p)) {
      todo_.push(p);
    }
  });
  const std::string_view name = ISRELDEP(dependency) ? "" : pool_id2str(pool_, dependency);
  if (name.starts_with('/') && (!provided || !is_in_primary(name))) {
    found_ = true;
  }
}

}  // namespace bundle::rpm
