#include "build/resolver.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "base/url.hpp"
#include "build/cosign.hpp"
#include "build/resolve_charts.hpp"
#include "build/resolve_images.hpp"
#include "build/resolve_rpms.hpp"
#include "build/signature_policy.hpp"
#include "build/upstream_signature.hpp"
#include "build/vouch.hpp"

namespace bundle::build {
namespace {

/// Image digests that versions.yml has, and those of the lock before that are kept.
std::map<std::string, spec::Digest> kept_digests(const Inputs& inputs,
                                                 const std::optional<spec::Lock>& before,
                                                 const ResolveOptions& options) {
  std::map<std::string, spec::Digest> kept = inputs.versions.digests;
  if (!before || options.update_all) {
    return kept;
  }
  for (const spec::LockedImage& image : before->images) {
    const bool is_updated = !options.update_component.empty() &&
                            std::any_of(image.why.begin(), image.why.end(), [&](const std::string& why) {
                              return (why + " ").starts_with("components." + options.update_component + " ");
                            });
    if (!is_updated) {
      kept.emplace(image.ref, image.digest);
    }
  }
  return kept;
}

/// A digest that is part of a reference stands in versions.yml, the catalogue, or a chart that somebody
/// vouched for.
void vouch_for_images(std::vector<spec::LockedImage>& images, const spec::Versions& versions) {
  for (spec::LockedImage& image : images) {
    const bool is_pinned = image.ref.find('@') != std::string::npos || versions.digests.contains(image.ref);
    image.vouched.by = is_pinned ? spec::VouchedBy::digest : spec::VouchedBy::first_use;
  }
}

/// A signature is over all of a file, so that it has to be here, in the cache, before it is locked.
spec::Voucher vouch_for_file(const spec::FileSpec& file, std::uint64_t size_bytes, World& world) {
  constexpr std::uint64_t kMaxSignedBytes = 4ull << 30;
  if (file.signature.url.empty()) {
    return {.by = spec::VouchedBy::digest};
  }
  return with_context("resolving file " + file.path.str(), [&] {
    const store::Fetched fetched = world.fetcher.fetch(
        {.url = file.url, .hex = file.sha256, .size_bytes = size_bytes, .limit_bytes = kMaxSignedBytes});
    return voucher_by_signature(fetched.path, file.signature, world);
  });
}

std::vector<spec::LockedFile> resolve_files(const Inputs& inputs, World& world) {
  std::vector<spec::LockedFile> files;
  for (const spec::FileSpec& file : inputs.versions.files) {
    const std::optional<std::uint64_t> size =
        file.size_bytes ? file.size_bytes : world.fetcher.announced_size(file.url);
    if (!size) {
      throw Error(ErrorKind::spec, Position{.file = inputs.versions.file.string()},
                  fmt::format("the server does not tell the size of {}", redact_url(file.url)),
                  "add `size: BYTES` to that file");
    }
    files.push_back({.path = file.path.str(),
                     .url = file.url,
                     .sha256 = file.sha256,
                     .size_bytes = *size,
                     .roles = file.roles,
                     .to = file.to,
                     .mode = file.mode,
                     .vouched = vouch_for_file(file, *size, world)});
  }
  return files;
}

std::vector<spec::LockedComponent> locked_components(const Inputs& inputs) {
  std::vector<spec::LockedComponent> list;
  for (const spec::Component& component : inputs.components) {
    list.push_back(
        {.name = component.name,
         .version = pinned_version(inputs, component.name),
         .needs = component.needs,
         .roles = component.image_roles,
         .apply = component.apply,
         .pod_security = component.pod_security,
         .network = component.network,
         .ports = component.ports,
         .health = component.health,
         .smoke = component.smoke.empty() ? "" : "manifests/" + component.name + "/" + component.smoke});
  }
  return list;
}

void sort_lists(spec::Lock& lock) {
  const auto by = [](auto& list, auto key) {
    std::sort(list.begin(), list.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  };
  by(lock.components, [](const auto& row) { return row.name; });
  by(lock.charts, [](const auto& row) { return row.name + " " + row.namespace_ + " " + row.release; });
  by(lock.manifests, [](const auto& row) { return row.text.path; });
  by(lock.texts, [](const auto& row) { return row.path; });
  by(lock.programs, [](const auto& row) { return row.path; });
  by(lock.files, [](const auto& row) { return row.path; });
}

void add_sources(spec::Lock& lock, const ResolvedSources& sources) {
  for (const ResolvedChart& chart : sources.charts) {
    lock.charts.push_back(chart.locked);
  }
  lock.texts = sources.values;
  for (const ResolvedManifest& manifest : sources.manifests) {
    if (manifest.is_smoke_test) {
      lock.texts.push_back(manifest.locked.text);
    } else {
      lock.manifests.push_back(manifest.locked);
    }
  }
  for (const ResolvedProgram& program : sources.programs) {
    lock.programs.push_back(program.locked);
  }
}

/// Before a program of them runs or a chart is rendered.
void refuse_first_use_of(const ResolvedSources& sources, const spec::Versions& versions) {
  spec::Lock fetched;
  add_sources(fetched, sources);
  refuse_first_use(versions, fetched);
}

}  // namespace

spec::Lock resolve(const Inputs& inputs, const std::optional<spec::Lock>& before,
                   const ResolveOptions& options, World& world) {
  world.log.info("resolving charts, manifests and programs");
  const ResolvedSources sources = resolve_sources(inputs, world);
  refuse_first_use_of(sources, inputs.versions);
  world.log.info("resolving RPMs");
  ResolvedRpms rpms = resolve_rpms(inputs, options.slim, world);
  for (const std::string& change : rpms.base_changes) {
    world.log.warn("changes the base: " + change);
  }
  require_signatures(rpms.rpms, rpms.repositories, inputs.target, world);
  world.log.info("resolving images");
  const ImageClosure closure = close_images(inputs, sources, rpms.rpms, rpms.repositories, world);
  require_decided(closure);

  spec::Lock lock{.name = inputs.versions.bundle,
                  .version = inputs.versions.version,
                  .os = inputs.versions.os,
                  .arch = inputs.versions.arch,
                  .base = inputs.versions.base,
                  .locked_at = format_utc(world.now),
                  .inputs = inputs.digest,
                  .slim = options.slim,
                  .components = locked_components(inputs),
                  .images = resolve_images(closure.wanted, inputs.versions.arch,
                                           kept_digests(inputs, before, options), world),
                  .repositories = std::move(rpms.repositories),
                  .rpms = std::move(rpms.rpms),
                  .files = resolve_files(inputs, world)};
  add_sources(lock, sources);
  sort_lists(lock);
  vouch_for_images(lock.images, inputs.versions);
  vouch_by_cosign(lock.images, inputs, world);
  refuse_first_use(inputs.versions, lock);
  report_vouchers(inputs.versions, lock, world.log);
  if (before) {
    const std::string now = lock.locked_at;
    lock.locked_at = before->locked_at;
    if (lock != *before) {
      lock.locked_at = now;
    }
  }
  return lock;
}

}  // namespace bundle::build
