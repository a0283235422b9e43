#include "build/plan.hpp"

#include <algorithm>
#include <map>

#include "base/url.hpp"
#include "base/version.hpp"
#include "build/image_entries.hpp"
#include "format/layout.hpp"
#include "spec/upstream_url.hpp"

namespace bundle::build {
namespace {

/// Every entry once; the same content under the same path from two sides is one entry.
std::vector<PlannedEntry> unite(std::vector<PlannedEntry> entries) {
  std::map<RelPath, PlannedEntry> by_path;
  for (PlannedEntry& entry : entries) {
    const auto [it, is_new] = by_path.try_emplace(entry.path, entry);
    if (!is_new && it->second.sha256 != entry.sha256) {
      fail(ErrorKind::spec, "two different files want the path {} of the bundle", entry.path.str());
    }
    if (it->second.roles.empty() || entry.roles.empty()) {
      it->second.roles.clear();
    } else {
      it->second.roles.insert(entry.roles.begin(), entry.roles.end());
    }
  }
  std::vector<PlannedEntry> united;
  for (auto& [path, entry] : by_path) {
    united.push_back(std::move(entry));
  }
  return united;
}

std::vector<PlannedEntry> file_entries(const spec::Lock& lock) {
  std::vector<PlannedEntry> entries;
  for (const spec::LockedFile& file : lock.files) {
    entries.push_back({.path = RelPath("files/" + file.path),
                       .mode = file.mode,
                       .size_bytes = file.size_bytes,
                       .sha256 = file.sha256,
                       .roles = file.roles,
                       .source = FromUrl{file.url}});
  }
  return entries;
}

format::Entry to_entry(const PlannedEntry& planned) {
  return {
      .path = planned.path, .mode = planned.mode, .size_bytes = planned.size_bytes, .sha256 = planned.sha256};
}

/// SHA256SUMS over all entries.
PlannedEntry sums_entry(const std::vector<PlannedEntry>& entries) {
  std::vector<format::Entry> all;
  std::transform(entries.begin(), entries.end(), std::back_inserter(all), to_entry);
  std::string text = format::sums_text(all);
  return {.path = RelPath(format::kSumsPath),
          .size_bytes = text.size(),
          .sha256 = sha256_hex(text),
          .source = FromMemory{std::move(text)}};
}

/// The roles of an entry for the order in the parts: all of them is the same as none.
format::Roles layout_roles(const PlannedEntry& entry) {
  return entry.roles == spec::all_roles() ? format::Roles{} : entry.roles;
}

/// Fills `index.parts` and the entries' places. Of one role the largest comes first, as it is fetched first:
/// so parts are written nearly from front to back, and their digests taken on the way.
void place_entries(format::Index& index, const std::vector<PlannedEntry>& entries,
                   std::uint64_t part_size_bytes) {
  std::vector<std::size_t> order(entries.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::string first = format::order_key(layout_roles(entries[a]));
    const std::string second = format::order_key(layout_roles(entries[b]));
    return first != second ? first < second : entries[a].size_bytes > entries[b].size_bytes;
  });
  std::vector<format::LayoutItem> items;
  for (const std::size_t i : order) {
    items.push_back({.path = entries[i].path, .size_bytes = entries[i].size_bytes});
  }
  format::Layout layout = format::lay_out(items, part_size_bytes, index.base_name());
  index.parts = std::move(layout.parts);
  for (std::size_t k = 0; k < order.size(); ++k) {
    index.entries.at(order[k]).at = std::move(layout.at[k]);
  }
}

std::uint64_t size_of(const spec::LockedImage& image) {
  std::map<std::string, std::uint64_t> sizes;  // each blob once
  for (const std::vector<spec::LockedBlob>& blobs : {image.documents, image.blobs}) {
    for (const spec::LockedBlob& blob : blobs) {
      sizes[blob.digest.str()] = blob.size_bytes;
    }
  }
  std::uint64_t total = 0;
  for (const auto& [digest, size_bytes] : sizes) {
    total += size_bytes;
  }
  return total;
}

void add_contents(format::Index& index, const spec::Lock& lock) {
  for (const spec::LockedImage& image : lock.images) {
    index.images.push_back({.ref = image.ref,
                            .digest = image.digest.str(),
                            .platform = image.platform,
                            .size_bytes = size_of(image),
                            .roles = image.roles,
                            .why = image.why,
                            .vouched = image.vouched});
  }
  for (const spec::LockedChart& chart : lock.charts) {
    index.charts.push_back({.name = chart.name,
                            .version = chart.version,
                            .path = chart.archive.path,
                            .release = chart.release,
                            .namespace_ = chart.namespace_,
                            .values = chart.values,
                            .skip_schema = chart.skip_schema,
                            .component = chart.component,
                            .roles = {"master"},
                            .why = chart.why,
                            .vouched = chart.archive.vouched});
  }
  for (const spec::LockedComponent& component : lock.components) {
    index.components.push_back(
        {.name = component.name,
         .version = component.version,
         .needs = component.needs,
         .apply = component.apply,
         .roles = component.roles,
         .health = component.health.is_null() ? json::Value(json::Array()) : component.health,
         .pod_security = component.pod_security,
         .network = component.network,
         .ports = component.ports,
         .smoke = component.smoke});
  }
  for (const spec::LockedFile& file : lock.files) {
    index.files.push_back({.path = "files/" + file.path,
                           .to = file.to,
                           .mode = file.mode,
                           .roles = file.roles,
                           .url = without_query(file.url),
                           .vouched = file.vouched});
  }
  for (const spec::LockedManifest& manifest : lock.manifests) {
    index.manifests.push_back({.path = manifest.text.path,
                               .component = manifest.component,
                               .source = without_query(manifest.text.source),
                               .vouched = manifest.text.vouched});
  }
  for (const spec::LockedText& program : lock.programs) {
    index.programs.push_back(
        {.path = program.path, .source = without_query(program.source), .vouched = program.vouched});
  }
}

}  // namespace

Plan make_plan(PlanInputs inputs) {
  const spec::Lock& lock = inputs.lock;
  spec::require_no_credentials(lock);
  std::vector<PlannedEntry> entries = image_entries(lock);
  const auto append = [&](std::vector<PlannedEntry> more) {
    std::move(more.begin(), more.end(), std::back_inserter(entries));
  };
  append(std::move(inputs.texts));
  append(std::move(inputs.rpms.entries));
  append(file_entries(lock));
  entries = unite(std::move(entries));
  append({sums_entry(entries)});
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });

  Plan plan{.index = {.name = lock.name,
                      .version = lock.version,
                      .target = lock.os,
                      .arch = lock.arch,
                      .created = lock.locked_at,
                      .lock = "sha256:" + sha256_hex(spec::to_text(lock)),
                      .needs_tool = std::string(tool_version()),
                      .installer = inputs.installer,
                      .rpms = std::move(inputs.rpms.rpms)}};
  std::transform(entries.begin(), entries.end(), std::back_inserter(plan.index.entries), to_entry);
  place_entries(plan.index, entries, inputs.part_size_bytes);
  add_contents(plan.index, lock);
  format::sort_lists(plan.index);
  plan.entries = std::move(entries);
  plan.index_json = format::to_canonical_json(plan.index);
  plan.sha256 = sha256_hex(plan.index_json);
  return plan;
}

SealedIndex seal_index(const Plan& plan, const std::vector<std::string>& part_sha256) {
  format::Index index = plan.index;
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    index.parts[i].sha256 = part_sha256.at(i);
  }
  SealedIndex sealed{.json = format::to_canonical_json(std::move(index))};
  sealed.sha256 = sha256_hex(sealed.json);
  return sealed;
}

}  // namespace bundle::build
