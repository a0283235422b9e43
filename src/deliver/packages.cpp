#include "deliver/packages.hpp"

#include <map>
#include <set>

#include "spec/nevra.hpp"

namespace bundle::deliver {
namespace {

constexpr std::string_view kLink = " > ";
/// Of a package that replaces a wanted one, or that no requirement leads to.
constexpr std::string_view kRest = "goes with the rest";

/// What was typed for this package: the end of a chain of one link below its origin, empty for any other. A
/// requirement always says ` of ` whom.
std::string_view wanted_text(std::string_view chain) {
  const std::size_t link = chain.find(kLink);
  if (link == std::string_view::npos) {
    return {};
  }
  const std::string_view wanted = chain.substr(link + kLink.size());
  return wanted == kRest || wanted.find(" of ") != std::string_view::npos ? std::string_view() : wanted;
}

/// `kubelet-1.34.3*` and `kubelet >= 1.34` want certain builds of kubelet; `kubelet` and `/usr/bin/kubelet`
/// do not.
bool wants_build(std::string_view wanted, std::string_view name, std::string_view arch) {
  return wanted.starts_with(name) && wanted != name &&
         wanted.substr(name.size()) != std::string(".").append(arch);
}

struct Request {
  std::string nevra;
  bool is_any_build_good = false;
};

std::map<std::string, Request, std::less<>> requests(const format::Index& index, const spec::Roles& roles) {
  std::map<std::string, Request, std::less<>> all;
  for (const format::Rpm* package : role_packages(index, roles)) {
    const std::string_view name = spec::package_name(package->nevra);
    bool is_root = false;
    bool is_pinned = false;
    for (const std::string& chain : package->why) {
      const std::string_view wanted = wanted_text(chain);
      is_root = is_root || !wanted.empty();
      is_pinned =
          is_pinned || (!wanted.empty() && wants_build(wanted, name, spec::package_arch(package->nevra)));
    }
    if (is_root) {
      all.insert_or_assign(std::string(name),
                           Request{.nevra = package->nevra, .is_any_build_good = !is_pinned});
    }
  }
  return all;
}

}  // namespace

std::vector<const format::Rpm*> role_packages(const format::Index& index, const spec::Roles& roles) {
  std::vector<const format::Rpm*> packages;
  for (const format::Rpm& package : index.rpms) {
    if (format::is_for(package.roles, roles)) {
      packages.push_back(&package);
    }
  }
  return packages;
}

std::vector<std::string> packages_to_request(const format::Index& index, const spec::Roles& roles) {
  std::vector<std::string> nevras;
  for (const auto& [name, request] : requests(index, roles)) {
    nevras.push_back(request.nevra);
  }
  return nevras;
}

std::vector<std::string> packages_lacking(const format::Index& index, const spec::Roles& roles,
                                          const std::vector<std::string>& installed) {
  const std::set<std::string_view> builds(installed.begin(), installed.end());
  std::set<std::string_view> names;
  for (const std::string& nevra : installed) {
    names.insert(spec::package_name(nevra));
  }
  std::vector<std::string> nevras;
  for (const auto& [name, request] : requests(index, roles)) {
    if (request.is_any_build_good ? !names.contains(name) : !builds.contains(request.nevra)) {
      nevras.push_back(request.nevra);
    }
  }
  return nevras;
}

}  // namespace bundle::deliver
