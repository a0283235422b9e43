#include "build/resolve_rpms.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/parallel.hpp"
#include "base/text.hpp"
#include "rpm/upstream.hpp"
#include "spec/upstream_url.hpp"

namespace bundle::build {
namespace {

/// What a role wants, and who said so.
struct RoleWish {
  std::vector<std::string> packages;
  std::map<std::string, std::string> origin;  ///< of each wanted text

  /// False when it was wanted before.
  bool add(const std::string& package, const std::string& by) {
    const bool is_new = origin.emplace(package, by).second;
    if (is_new) {
      packages.push_back(package);
    }
    return is_new;
  }
};

RoleWish wish_of(const Inputs& inputs, const std::string& role) {
  RoleWish wish;
  const auto add_all = [&](const spec::RoleTexts& packages, const std::string& origin) {
    for (const std::string& key : {std::string("all"), role}) {
      if (const auto it = packages.find(key); it != packages.end()) {
        for (const std::string& package : it->second) {
          wish.add(package, origin);
        }
      }
    }
  };
  for (const spec::Component& component : inputs.components) {
    add_all(component.rpms, "components." + component.name);
  }
  add_all(inputs.versions.rpms, "rpms");
  return wish;
}

/// Gathers packages from several closures; one build wanted twice is one row.
class RpmRows {
 public:
  explicit RpmRows(const std::vector<FetchedRepository>& repositories) {
    for (const FetchedRepository& repository : repositories) {
      urls_[repository.spec.id] = repository.spec.url;
    }
  }

  void add(const rpm::Package& package, const std::string& role, const RoleWish& wish) {
    spec::LockedRpm& row = rows_[package.repository + " " + package.nevra];
    if (row.nevra.empty()) {
      row = {.nevra = package.nevra,
             .repository = package.repository,
             .url = spec::upstream_url(rpm::package_url(package, urls_.at(package.repository)),
                                       "the metadata of repository " + package.repository),
             .checksum_kind = parse_hash_kind(package.checksum_kind),
             .checksum = package.checksum,
             .size_bytes = package.size_bytes};
    }
    row.roles.insert(role);
    const std::string chain = chain_of(package, wish);
    if (std::find(row.why.begin(), row.why.end(), chain) == row.why.end()) {
      row.why.push_back(chain);
      std::sort(row.why.begin(), row.why.end());
    }
  }

  std::vector<spec::LockedRpm> take() {
    std::vector<spec::LockedRpm> list;
    for (auto& [key, row] : rows_) {
      list.push_back(std::move(row));
    }
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
      return std::tie(a.nevra, a.repository) < std::tie(b.nevra, b.repository);
    });
    return list;
  }

 private:
  /// From versions.yml down to the package: `components.kubernetes > socat > libwrap.so.0 of socat-…`.
  static std::string chain_of(const rpm::Package& package, const RoleWish& wish) {
    std::vector<std::string> links(package.why.rbegin(), package.why.rend());
    if (!links.empty()) {
      const auto it = wish.origin.find(links.front());
      links.insert(links.begin(), it == wish.origin.end() ? "rpms" : it->second);
    }
    return join(links, " > ");
  }

  std::map<std::string, std::string> urls_;
  std::map<std::string, spec::LockedRpm> rows_;
};

std::vector<FetchedRepository> fetch_all(const Inputs& inputs, World& world) {
  std::vector<FetchedRepository> repositories(inputs.repositories.size());
  parallel_for(repositories.size(), world.jobs, [&](std::size_t i) {
    const spec::Repository& repository = inputs.repositories[i];
    repositories[i] = with_context("reading RPM repository " + repository.id,
                                   [&] { return fetch_repository(repository, world); });
  });
  return repositories;
}

/// Only repositories that something came from: the others need no key on site.
std::vector<spec::LockedRepository> used_repositories(const std::vector<FetchedRepository>& all,
                                                      const std::vector<spec::LockedRpm>& rpms) {
  std::set<std::string> used;
  for (const spec::LockedRpm& package : rpms) {
    used.insert(package.repository);
  }
  std::vector<spec::LockedRepository> list;
  for (const FetchedRepository& repository : all) {
    if (used.contains(repository.spec.id)) {
      list.push_back({.id = repository.spec.id,
                      .url = repository.spec.url,
                      .signed_by = repository.spec.signed_by,
                      .keys = repository.keys,
                      .client_cert = repository.spec.client_cert});
    }
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return list;
}

/// Modules without the kernel that they were built for are of no use, whether or not the declared base has a
/// package of that name: the host may boot another.
rpm::Closure close_with_kernels(rpm::Sack& sack, const rpm::Base& base, RoleWish& wish) {
  rpm::Closure closure = sack.close({.packages = wish.packages, .base = base});
  bool has_more = false;
  for (const rpm::KernelOf& kernel : closure.kernels) {
    has_more |= wish.add(kernel.requirement, "the kernel of " + kernel.nevra);
  }
  return has_more ? sack.close({.packages = wish.packages, .base = base}) : closure;
}

}  // namespace

ResolvedRpms resolve_rpms(const Inputs& inputs, bool slim, World& world) {
  std::map<std::string, RoleWish> wishes;
  for (const std::string& role : spec::all_roles()) {
    if (RoleWish wish = wish_of(inputs, role); !wish.packages.empty()) {
      wishes.emplace(role, std::move(wish));
    }
  }
  if (wishes.empty()) {
    return {};
  }
  const std::vector<FetchedRepository> repositories = fetch_all(inputs, world);
  std::vector<rpm::RepoInput> loaded;
  for (const FetchedRepository& repository : repositories) {
    loaded.push_back(repository.input);
  }
  rpm::Sack sack(loaded, inputs.versions.arch, inputs.target.platform_id);
  const rpm::Base base = inputs.base.empty() ? rpm::Base{} : rpm::detect_base(inputs.base);
  RpmRows rows(repositories);
  std::set<std::string> changes;
  std::set<std::string> notes;
  for (auto& [role, wish] : wishes) {
    const auto close_on = [&](const rpm::Base& on, const std::string& name) {
      const rpm::Closure closure =
          with_context(fmt::format("resolving the RPMs of role {} on {}", role, name),
                       [&] { return close_with_kernels(sack, on, wish); });
      for (const rpm::Package& package : closure.install) {
        rows.add(package, role, wish);
      }
      changes.insert(closure.upgrades.begin(), closure.upgrades.end());
      changes.insert(closure.removals.begin(), closure.removals.end());
      notes.insert(closure.notes.begin(), closure.notes.end());
    };
    if (base.kind != rpm::BaseKind::none) {
      close_on(base, "the base " + inputs.versions.base);
    }
    if (base.kind == rpm::BaseKind::none || !slim) {
      close_on({}, "nothing");
    }
  }
  for (const std::string& note : notes) {
    world.log.info("rpm: " + note);
  }
  ResolvedRpms made{.rpms = rows.take(), .base_changes = {changes.begin(), changes.end()}};
  made.repositories = used_repositories(repositories, made.rpms);
  return made;
}

}  // namespace bundle::build
