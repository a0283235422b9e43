#include "spec/target.hpp"

#include <algorithm>
#include <array>

#include "base/fs.hpp"
#include "base/text.hpp"

namespace bundle::spec {
namespace {

constexpr std::array kDigests = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"};

/// EL 9's crypto policies take no signature with SHA-1 or MD5. Source: crypto-policies(7) of RHEL 9.
bool is_strict(const std::string& platform_id) {
  constexpr std::string_view kPrefix = "platform:el";
  constexpr std::uint64_t kFirstStrict = 9;
  const bool is_el = platform_id.starts_with(kPrefix);
  return is_el && parse_unsigned(platform_id.substr(kPrefix.size())).value_or(0) >= kFirstStrict;
}

std::vector<std::string> parse_refused_digests(yaml::Reader& reader, const std::string& platform_id) {
  const yaml::Node* node = reader.optional("refuse-signatures");
  if (node == nullptr) {
    return is_strict(platform_id) ? std::vector<std::string>{"md5", "sha1"} : std::vector<std::string>{};
  }
  std::vector<std::string> digests = reader.texts("refuse-signatures");
  for (const std::string& digest : digests) {
    if (std::find(kDigests.begin(), kDigests.end(), digest) == kDigests.end()) {
      reader.fail_at(*node, fmt::format("'refuse-signatures' is a list of {}, not of '{}'",
                                        join({kDigests.begin(), kDigests.end()}, ", "), digest));
    }
  }
  return digests;
}

}  // namespace

Target load_target(const std::filesystem::path& file) {
  constexpr std::uint64_t kLimitBytes = 1 << 20;
  const yaml::Node root = yaml::parse_one(read_file(file, kLimitBytes), file.string(), ErrorKind::spec);
  yaml::Reader reader(root, file.string(), "a target");
  Target made{.name = reader.text("target"), .platform_id = reader.text("platform-id")};
  yaml::Reader os(reader.required("os"), file.string(), "'os'");
  made.os_id = os.text("id");
  made.os_version = os.text("version");
  made.os_image = os.text_or("pretty-name", "");
  os.done();
  for (const yaml::Node& row : reader.items("repositories")) {
    made.repositories.push_back(parse_repository(row, file.string(), nullptr));
  }
  made.refused_digests = parse_refused_digests(reader, made.platform_id);
  made.release_packages = reader.texts("release-packages");
  reader.done();
  return made;
}

}  // namespace bundle::spec
