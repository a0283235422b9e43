#include "build/text_entries.hpp"

#include "archive/archive.hpp"
#include "base/fs.hpp"
#include "base/parallel.hpp"
#include "build/chart_source.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;
constexpr std::uint64_t kMaxTextBytes = 512ull << 20;

PlannedEntry from_local(const spec::LockedText& text, const stdfs::path& file) {
  std::string content = read_file(file, kMaxTextBytes);
  if (sha256_hex(content) != text.sha256) {
    throw Error(ErrorKind::spec, fmt::format("{} changed since the lock was made", file.string()),
                "run `bundle lock` again");
  }
  return {.path = RelPath(text.path),
          .size_bytes = text.size_bytes,
          .sha256 = text.sha256,
          .source = FromMemory{std::move(content)}};
}

/// The member itself, where an earlier bundle has it; else out of its archive.
stdfs::path fetch_member(const spec::LockedText& text, const RelPath& path, World& world) {
  const store::Wanted member{
      .url = text.source, .hex = text.sha256, .size_bytes = text.size_bytes, .limit_bytes = kMaxTextBytes};
  if (const auto found = world.fetcher.find_local(member)) {
    return found->path;
  }
  const store::Fetched archive = world.fetcher.fetch({.url = text.source,
                                                      .hex = text.archive_sha256,
                                                      .size_bytes = text.archive_size_bytes,
                                                      .limit_bytes = kMaxTextBytes});
  stdfs::path file = world.work / "staged" / path.str();
  make_folders(file.parent_path());
  archive::extract_member(archive.path, text.extract, file);
  return file;
}

stdfs::path fetch_whole(const spec::LockedText& text, World& world) {
  if (is_oci_source(text.source)) {
    return fetch_oci_chart(text, world);
  }
  return world.fetcher
      .fetch({.url = text.source,
              .hex = text.sha256,
              .size_bytes = text.size_bytes,
              .limit_bytes = kMaxTextBytes})
      .path;
}

PlannedEntry from_upstream(const spec::LockedText& text, World& world) {
  const RelPath path(text.path);  // before anything is written below it
  const bool is_member = !text.extract.empty();
  const stdfs::path file = is_member ? fetch_member(text, path, world) : fetch_whole(text, world);
  return {.path = path,
          .mode = is_member ? 0755u : 0644u,
          .size_bytes = text.size_bytes,
          .sha256 = text.sha256,
          .source = FromFile{file}};
}

PlannedEntry entry_of(const spec::LockedText& text, const LocalFolders& folders, World& world) {
  constexpr std::string_view kSpec = "spec:";
  constexpr std::string_view kCatalogue = "catalogue:";
  if (text.source.starts_with(kSpec)) {
    return from_local(text, folders.spec / text.source.substr(kSpec.size()));
  }
  if (text.source.starts_with(kCatalogue)) {
    return from_local(text, folders.catalogue / text.source.substr(kCatalogue.size()));
  }
  return from_upstream(text, world);
}

}  // namespace

std::vector<PlannedEntry> text_entries(const spec::Lock& lock, const LocalFolders& folders, World& world) {
  std::vector<const spec::LockedText*> texts;
  for (const spec::LockedChart& chart : lock.charts) {
    texts.push_back(&chart.archive);
  }
  for (const spec::LockedManifest& manifest : lock.manifests) {
    texts.push_back(&manifest.text);
  }
  for (const std::vector<spec::LockedText>* list : {&lock.texts, &lock.programs}) {
    for (const spec::LockedText& text : *list) {
      texts.push_back(&text);
    }
  }
  std::vector<std::optional<PlannedEntry>> entries(texts.size());
  parallel_for(texts.size(), world.jobs, [&](std::size_t i) {
    entries[i] =
        with_context("preparing " + texts[i]->path, [&] { return entry_of(*texts[i], folders, world); });
  });
  std::vector<PlannedEntry> list;
  for (std::optional<PlannedEntry>& entry : entries) {
    list.push_back(*std::move(entry));
  }
  return list;
}

}  // namespace bundle::build
