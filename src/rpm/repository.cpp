#include "rpm/repository.hpp"

extern "C" {
#include <solv/repo_rpmmd.h>
}

#include <optional>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "rpm/metadata_file.hpp"

namespace bundle::rpm {
namespace {

std::filesystem::path locate(const RepoInput& input, const MetadataFile& file) {
  return input.fetch ? input.fetch(file) : input.folder / file.location.str();
}

Repomd read_repomd(const RepoInput& input) {
  if (input.folder.empty()) {  // whatever was fetched, be it nothing
    return parse_repomd(input.repomd, "repomd.xml");
  }
  const std::filesystem::path path = input.folder / "repodata/repomd.xml";
  return parse_repomd(read_file(path, kMaxRepomdBytes), path.string());
}

void add_rpmmd(const LoadedRepository& loaded, const MetadataFile& file, const char* language, int flags,
               const PathSet* wanted = nullptr) {
  const std::filesystem::path path = locate(loaded.input, file);
  MetadataStream stream(path, file);
  std::optional<FilelistsFilter> filter;
  if (wanted != nullptr) {
    filter.emplace(stream.file(), *wanted);
  }
  const int result = repo_add_rpmmd(loaded.repo, filter ? filter->file() : stream.file(), language, flags);
  stream.check_size();
  if (result != 0) {
    fail(ErrorKind::integrity, "{} is malformed: {}", stream.name(), pool_errstr(loaded.repo->pool));
  }
}

template <class Function>
auto while_reading(const std::string& repository_id, Function&& function) {
  return with_context("reading the metadata of repository " + repository_id,
                      std::forward<Function>(function));
}

}  // namespace

LoadedRepository load_repository(Pool* pool, const RepoInput& input) {
  return while_reading(input.id, [&] {
    LoadedRepository loaded{.input = input, .repomd = read_repomd(input)};
    loaded.repo = repo_create(pool, input.id.c_str());
    loaded.repo->priority = -input.priority;
    add_rpmmd(loaded, *loaded.repomd.find("primary"), nullptr, 0);
    return loaded;
  });
}

void load_filelists(LoadedRepository& repository, const PathSet* wanted) {
  const MetadataFile* file = repository.repomd.find("filelists");
  if (file == nullptr) {
    return;
  }
  while_reading(repository.input.id,
                [&] { add_rpmmd(repository, *file, "FL", REPO_EXTEND_SOLVABLES, wanted); });
}

std::string read_module_metadata(const LoadedRepository& repository) {
  const MetadataFile* file = repository.repomd.find("modules");
  if (file == nullptr) {
    return {};
  }
  return while_reading(repository.input.id,
                       [&] { return MetadataStream(locate(repository.input, *file), *file).read_all(); });
}

}  // namespace bundle::rpm
