#include "format/index.hpp"

#include <algorithm>
#include <tuple>

namespace bundle::format {

std::string signature_name(std::string_view file, std::string_view key_id) {
  return fmt::format("{}.{}.sig", file, key_id);
}

std::string piece_path(const Entry& entry, std::size_t number) {
  return entry.at.size() == 1 ? entry.path.str() : fmt::format("{}.split/{:03}", entry.path.str(), number);
}

std::vector<Member> members_of(const Index& index, std::uint64_t part) {
  std::vector<Member> members;
  for (const Entry& entry : index.entries) {
    for (std::size_t i = 0; i < entry.at.size(); ++i) {
      if (entry.at[i].part == part) {
        members.push_back({.entry = &entry, .piece = i});
      }
    }
  }
  std::ranges::sort(members, {}, [](const Member& member) { return member.at().offset; });
  return members;
}

bool is_for(const Roles& wanted, const Roles& host) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                       [&](const std::string& role) { return host.contains(role); });
}

std::string part_name(std::string_view base_name, std::size_t number) {
  return fmt::format("{}.{:03}.tar", base_name, number);
}

const Entry* Index::find_entry(std::string_view path) const {
  const auto it =
      std::lower_bound(entries.begin(), entries.end(), path,
                       [](const Entry& entry, std::string_view p) { return entry.path.str() < p; });
  return it == entries.end() || it->path.str() != path ? nullptr : &*it;
}

const Component* Index::find_component(std::string_view wanted) const {
  const auto it = std::ranges::find(components, wanted, &Component::name);
  return it == components.end() ? nullptr : &*it;
}

void sort_lists(Index& index) {
  std::ranges::sort(index.entries, {}, &Entry::path);
  std::ranges::sort(index.images, {}, [](const Image& i) { return std::tie(i.ref, i.platform); });
  std::ranges::sort(index.rpms, {}, &Rpm::path);
  std::ranges::sort(index.charts, {},
                    [](const Chart& c) { return std::tie(c.namespace_, c.release, c.path); });
  std::ranges::sort(index.components, {}, &Component::name);
  std::ranges::sort(index.files, {}, &File::path);
  std::ranges::sort(index.manifests, {}, [](const Manifest& m) { return std::tie(m.path, m.component); });
  std::ranges::sort(index.programs, {}, &Program::path);
}

std::string sums_text(const std::vector<Entry>& entries) {
  std::vector<const Entry*> sorted;
  for (const Entry& entry : entries) {
    if (entry.path.str() != kSumsPath) {
      sorted.push_back(&entry);
    }
  }
  std::ranges::sort(sorted, {}, [](const Entry* entry) -> const RelPath& { return entry->path; });
  std::string text;
  for (const Entry* entry : sorted) {
    text += entry->sha256 + "  " + entry->path.str() + "\n";
  }
  return text;
}

}  // namespace bundle::format
