#include "spec/data_dir.hpp"

#include <cstdlib>
#include <vector>

#include "base/error.hpp"

namespace bundle::spec {

namespace stdfs = std::filesystem;

stdfs::path find_data_dir(const std::string& given) {
  const char* environment = std::getenv("BUNDLE_DATA");
  if (!given.empty() || (environment != nullptr && *environment != '\0')) {
    const stdfs::path chosen = given.empty() ? environment : given;
    if (!stdfs::is_directory(chosen / "manifests")) {
      fail(ErrorKind::usage, "{} is not a data folder: it has no manifests/", chosen.string());
    }
    return chosen;
  }
  std::error_code error;
  const stdfs::path self = stdfs::read_symlink("/proc/self/exe", error);
  std::vector<stdfs::path> places;
  if (!error) {
    places.push_back(self.parent_path().parent_path() / "share/bundle");
    // In the source tree that it was built in the executable is build/PRESET/bin/bundle.
    places.push_back(self.parent_path().parent_path().parent_path().parent_path());
  }
  for (const stdfs::path& place : places) {
    if (stdfs::is_directory(place / "manifests") && stdfs::is_directory(place / "rpm-lists")) {
      return place;
    }
  }
  throw Error(ErrorKind::usage, "cannot find the data folder (manifests/, rpm-lists/, bundles/)",
              "give --data-dir DIR or set BUNDLE_DATA");
}

}  // namespace bundle::spec
