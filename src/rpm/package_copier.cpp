#include "rpm/package_copier.hpp"

extern "C" {
#include <solv/dataiterator.h>
}

namespace bundle::rpm {

PackageCopier::PackageCopier(Repo* system) : pool_(system->pool), data_(repo_add_repodata(system, 0)) {}

void PackageCopier::copy(Id from, Id to) {
  for (const Id key : {SOLVABLE_PROVIDES, SOLVABLE_REQUIRES, SOLVABLE_CONFLICTS, SOLVABLE_OBSOLETES,
                       SOLVABLE_RECOMMENDS, SOLVABLE_SUGGESTS, SOLVABLE_SUPPLEMENTS, SOLVABLE_ENHANCES}) {
    copy_dependencies(key, from, to);
  }
  copy_files(from, to);
}

void PackageCopier::finish() { repodata_internalize(data_); }

void PackageCopier::copy_dependencies(Id key, Id from, Id to) {
  IdQueue dependencies;
  IdQueue own;
  solvable_lookup_deparray(pool_id2solvable(pool_, from), key, dependencies.get(), 0);
  for (const Id id : dependencies) {
    own.push(at_own_version(id, pool_id2solvable(pool_, from)->evr, pool_id2solvable(pool_, to)->evr));
  }
  if (!own.empty()) {
    solvable_set_deparray(pool_id2solvable(pool_, to), key, own.get(), 0);
  }
}

/// What the source says of its own version, the base's build says of its own: it provides itself, and it is
/// in step with the other packages of its build (`glibc-common = 2.34-28` of glibc-2.34-28).
Id PackageCopier::at_own_version(Id dependency, Id source_evr, Id own_evr) {
  const Reldep* relation = ISRELDEP(dependency) ? GETRELDEP(pool_, dependency) : nullptr;
  if (relation == nullptr || source_evr == own_evr || relation->flags > 7) {
    return dependency;
  }
  if (relation->evr == source_evr) {
    return pool_rel2id(pool_, relation->name, own_evr, relation->flags, 1);
  }
  const bool same_version =
      relation->flags == REL_EQ && pool_id2str(pool_, relation->evr) == without_release(source_evr);
  return same_version ? pool_rel2id(pool_, relation->name,
                                    pool_str2id(pool_, without_release(own_evr).c_str(), 1), REL_EQ, 1)
                      : dependency;
}

std::string PackageCopier::without_release(Id evr) const {
  const std::string text = pool_id2str(pool_, evr);
  return text.substr(0, text.rfind('-'));
}

void PackageCopier::copy_files(Id from, Id to) {
  Dataiterator files;
  dataiterator_init(&files, pool_, nullptr, from, SOLVABLE_FILELIST, nullptr, SEARCH_FILES);
  while (dataiterator_step(&files) != 0) {
    const std::string path = files.kv.str;
    const auto slash = path.rfind('/');
    if (slash != std::string::npos) {
      const std::string folder = slash == 0 ? "/" : path.substr(0, slash);
      repodata_add_dirstr(data_, to, SOLVABLE_FILELIST, repodata_str2dir(data_, folder.c_str(), 1),
                          path.c_str() + slash + 1);
    }
  }
  dataiterator_free(&files);
}

}  // namespace bundle::rpm
