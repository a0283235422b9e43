#include "spec/target.hpp"

#include "base/fs.hpp"

namespace bundle::spec {

Target load_target(const std::filesystem::path& file) {
  constexpr std::uint64_t kLimitBytes = 1 << 20;
  const yaml::Node root = yaml::parse_one(read_file(file, kLimitBytes), file.string(), ErrorKind::spec);
  yaml::Reader reader(root, file.string(), "a target");
  Target made{.name = reader.text("target"), .platform_id = reader.text("platform-id")};
  yaml::Reader os(reader.required("os"), file.string(), "'os'");
  made.os_id = os.text("id");
  made.os_version = os.text("version");
  os.done();
  for (const yaml::Node& row : reader.items("repositories")) {
    made.repositories.push_back(parse_repository(row, file.string(), nullptr));
  }
  made.release_packages = reader.texts("release-packages");
  reader.done();
  return made;
}

}  // namespace bundle::spec
