#include "rpm/advice.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "base/suggest.hpp"
#include "base/text.hpp"

namespace bundle::rpm {
namespace {

/// Builds that a hint names, the newest first.
constexpr std::size_t kMaxNamed = 5;

/// The packages to be had, by name.
std::map<std::string, std::vector<Id>> packages_by_name(Pool* pool, const Visibility& visibility) {
  std::map<std::string, std::vector<Id>> packages;
  Id p = 0;
  FOR_POOL_SOLVABLES(p) {
    Solvable* solvable = pool_id2solvable(pool, p);
    if (visibility.sees(p) && solvable->repo != pool->installed) {
      packages[pool_id2str(pool, solvable->name)].push_back(p);
    }
  }
  return packages;
}

/// Whether `wanted` is this name with a version behind it.
bool is_with_version(const std::string& wanted, const std::string& name) {
  if (!wanted.starts_with(name)) {
    return false;
  }
  const std::string_view rest = std::string_view(wanted).substr(name.size());
  const std::size_t version = rest.find_first_not_of("-=<> ");
  return version != 0 && version != std::string_view::npos && rest[version] >= '0' && rest[version] <= '9';
}

std::string list_builds(Pool* pool, std::vector<Id> builds) {
  const auto evr = [&](Id p) { return pool_id2solvable(pool, p)->evr; };
  std::stable_sort(builds.begin(), builds.end(),
                   [&](Id a, Id b) { return pool_evrcmp(pool, evr(a), evr(b), EVRCMP_COMPARE) > 0; });
  std::vector<std::string> texts;
  for (const Id p : builds) {
    const std::string text = nevra_text(pool, p);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
      texts.push_back(text);
    }
  }
  const bool more = texts.size() > kMaxNamed;
  texts.resize(std::min(texts.size(), kMaxNamed));
  return "there is " + join(texts, ", ") + (more ? ", …" : "");
}

}  // namespace

std::string advice_on_unknown(Pool* pool, const Visibility& visibility, const std::string& wanted) {
  if (wanted.starts_with('@')) {
    return "groups and modules are not resolved: name their packages";
  }
  const auto packages = packages_by_name(pool, visibility);
  std::vector<std::string> names;
  const std::vector<Id>* builds = nullptr;
  for (const auto& [name, ids] : packages) {
    names.push_back(name);
    builds = is_with_version(wanted, name) ? &ids : builds;  // the longest name comes last
  }
  return builds != nullptr ? list_builds(pool, *builds) : did_you_mean(wanted, names);
}

}  // namespace bundle::rpm
