#include "commands/diff.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "base/json.hpp"
#include "base/text.hpp"
#include "commands/words.hpp"
#include "format/verified_index.hpp"

namespace bundle::commands {
namespace {

using format::Index;

/// A thing of a bundle: `stem` is its name without version, `full` tells two of one stem apart.
struct Item {
  std::string stem;
  std::string full;
  std::string version;  // what is shown as before and after
  std::string content;  // equal content is no difference
  std::uint64_t size_bytes = 0;
};
using Items = std::vector<Item>;

/// `name.arch` of `name-epoch:version-release.arch`, and what lies between.
Item rpm_item(const Index& index, const format::Rpm& rpm) {
  const std::string& nevra = rpm.nevra;
  const format::Entry& entry = *index.find_entry(rpm.path);
  Item item{.stem = nevra,
            .full = nevra,
            .version = nevra,
            .content = entry.sha256,
            .size_bytes = entry.size_bytes};
  const std::size_t dot = nevra.rfind('.');
  const std::size_t release = nevra.rfind('-');
  const std::size_t version =
      release == 0 || release == std::string::npos ? release : nevra.rfind('-', release - 1);
  if (dot != std::string::npos && version != std::string::npos && version > 0 && release < dot) {
    item.stem = nevra.substr(0, version) + nevra.substr(dot);
    item.version = nevra.substr(version + 1, dot - version - 1);
  }
  return item;
}

/// The repository of a reference, without tag and digest.
std::string repository_of(const std::string& ref) {
  const std::string name = ref.substr(0, ref.find('@'));
  const std::size_t colon = name.rfind(':');
  return colon == std::string::npos || name.find('/', colon) != std::string::npos ? name
                                                                                  : name.substr(0, colon);
}

Item image_item(const format::Image& image) {
  const std::string repository = repository_of(image.ref);
  const std::string version =
      image.ref.size() > repository.size() ? image.ref.substr(repository.size() + 1) : "";
  return {.stem = repository + " " + image.platform,
          .full = image.ref + " " + image.platform,
          .version = version + " " + image.digest.substr(0, 19),
          .content = image.ref + image.digest,
          .size_bytes = image.size_bytes};
}

Item entry_item(const Index& index, const std::string& path, std::string stem, std::string version) {
  const format::Entry& entry = *index.find_entry(path);
  return {.stem = std::move(stem),
          .full = path,
          .version = version.empty() ? "sha256:" + entry.sha256.substr(0, 12) : std::move(version),
          .content = entry.sha256,
          .size_bytes = entry.size_bytes};
}

std::map<std::string, Items> items_of(const Index& index) {
  std::map<std::string, Items> items;
  for (const format::Component& c : index.components) {
    items["component"].push_back(
        {.stem = c.name, .full = c.name, .version = c.version, .content = c.version});
  }
  for (const format::Image& image : index.images) {
    items["image"].push_back(image_item(image));
  }
  for (const format::Rpm& rpm : index.rpms) {
    items["rpm"].push_back(rpm_item(index, rpm));
  }
  for (const format::Chart& c : index.charts) {
    items["chart"].push_back(
        entry_item(index, c.path, c.namespace_ + "/" + c.release, c.name + " " + c.version));
  }
  for (const format::Manifest& m : index.manifests) {
    items["manifest"].push_back(entry_item(index, m.path, m.path, ""));
  }
  for (const format::File& f : index.files) {
    items["file"].push_back(entry_item(index, f.path, f.path, ""));
  }
  return items;
}

/// Items by stem; where either side has a stem more than once, by the full name.
std::map<std::string, const Item*> keyed(const Items& items, const Items& other) {
  std::map<std::string, int> count;
  std::map<std::string, int> other_count;
  for (const Item& item : items) {
    ++count[item.stem];
  }
  for (const Item& item : other) {
    ++other_count[item.stem];
  }
  std::map<std::string, const Item*> map;
  for (const Item& item : items) {
    const bool is_unique = count[item.stem] == 1 && other_count[item.stem] <= 1;
    map[is_unique ? item.stem : item.full] = &item;
  }
  return map;
}

void compare(const std::string& kind, const Items& before, const Items& after,
             std::vector<Difference>& found) {
  const std::map<std::string, const Item*> old = keyed(before, after);
  std::map<std::string, const Item*> fresh = keyed(after, before);
  for (const auto& [name, item] : old) {
    Difference difference{
        .kind = kind, .name = name, .before = item->version, .size_before = item->size_bytes};
    if (const auto it = fresh.find(name); it != fresh.end()) {
      const bool is_same = it->second->content == item->content;
      difference.after = it->second->version;
      difference.size_after = it->second->size_bytes;
      fresh.erase(it);
      if (is_same) {
        continue;
      }
    }
    found.push_back(std::move(difference));
  }
  for (const auto& [name, item] : fresh) {
    found.push_back({.kind = kind, .name = name, .after = item->version, .size_after = item->size_bytes});
  }
}

std::string change_of(const Difference& d) { return !d.before ? "added" : !d.after ? "removed" : "changed"; }

std::string sizes_text(const Difference& d) {
  if (d.size_before == 0 && d.size_after == 0) {
    return {};
  }
  if (!d.before || !d.after) {
    return format_size(d.size_before + d.size_after);
  }
  return format_size(d.size_before) + " -> " + format_size(d.size_after);
}

std::string as_table(const Index& before, const Index& after, const std::vector<Difference>& found) {
  std::vector<std::vector<std::string>> rows;
  for (const Difference& d : found) {
    const std::string versions =
        d.before && d.after ? *d.before + " -> " + *d.after : d.before.value_or("") + d.after.value_or("");
    rows.push_back({change_of(d), d.kind, d.name, versions, sizes_text(d)});
  }
  return columns(rows) + fmt::format("{}, {} -> {}\n", count_words(found.size(), "difference"),
                                     format_size(payload_bytes(before)), format_size(payload_bytes(after)));
}

std::string as_json(const std::vector<Difference>& found) {
  json::Array array;
  for (const Difference& d : found) {
    array.push_back(json::Object{{"after", d.after ? json::Value(*d.after) : json::Value()},
                                 {"before", d.before ? json::Value(*d.before) : json::Value()},
                                 {"change", change_of(d)},
                                 {"kind", d.kind},
                                 {"name", d.name},
                                 {"size_after", d.size_after},
                                 {"size_before", d.size_before}});
  }
  return json::pretty(array);
}

}  // namespace

std::vector<Difference> differences(const Index& before, const Index& after) {
  std::map<std::string, Items> old = items_of(before);
  std::map<std::string, Items> fresh = items_of(after);
  std::vector<Difference> found;
  for (const char* kind : {"chart", "component", "file", "image", "manifest", "rpm"}) {
    compare(kind, old[kind], fresh[kind], found);
  }
  std::ranges::sort(found, {}, [](const Difference& d) { return std::tie(d.kind, d.name); });
  return found;
}

void diff(Session& session, const std::string& before, const std::string& after) {
  const Index old = format::read_unverified_index(before).index;
  const Index fresh = format::read_unverified_index(after).index;
  session.log->warn("nothing was verified: this compares what the two folders say of themselves");
  const std::vector<Difference> found = differences(old, fresh);
  session.print(session.output == OutputFormat::json ? as_json(found) : as_table(old, fresh, found));
}

}  // namespace bundle::commands
