#include "store/work_folder.hpp"

#include <doctest/doctest.h>

#include <optional>

using bundle::store::WorkFolder;

TEST_CASE("a run's folder goes with it, and what a killed run left goes with the next") {
  const bundle::TempDir root;
  const std::filesystem::path dead = root.path() / "work/dead";
  bundle::make_folders(dead / "deep");
  std::optional<WorkFolder> first(root.path());
  CHECK_FALSE(std::filesystem::exists(dead));
  const std::filesystem::path path = first->path();
  CHECK(std::filesystem::is_directory(path));

  const WorkFolder second(root.path());
  CHECK(std::filesystem::is_directory(path));  // a living run keeps its folder
  CHECK(second.path() != path);

  first.reset();
  CHECK_FALSE(std::filesystem::exists(path));
}
