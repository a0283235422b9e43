#include "support/served_bundle.hpp"

#include <array>

#include "spec/image_manifest.hpp"

namespace bundle::test {
namespace {

std::string digest_of(const std::string& text) { return "sha256:" + sha256_hex(text); }

std::string descriptor(std::string_view type, const std::string& text) {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}}})", type, digest_of(text), text.size());
}

std::string for_platform(std::string_view architecture, std::string text) {
  text.pop_back();
  return text + fmt::format(R"(,"platform":{{"architecture":"{}","os":"linux"}}}})", architecture);
}

std::string manifest_of(std::string_view type, std::string_view config_type, const std::string& config,
                        std::string_view layer_type, const std::string& layer) {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}})", type,
                     descriptor(config_type, config), descriptor(layer_type, layer));
}

format::VerifiedIndex verified_of(const SmallBundle& bundle) {
  return format::verify_index(
      {bundle.folder}, {.expected_sha256 = sha256_hex(read_file(bundle.folder / "bundle.json", 1 << 20))});
}

}  // namespace

SmallBundleOptions ServedBundle::make_options() {
  SmallBundleOptions options = default_options();
  options.contents["rpms/signed/base/demo-1.0-1~rc1+git.x86_64.rpm"] = noise(3'000, 11);
  options.contents["rpms/keys/base-ABCD.asc"] = "a key\n";
  options.contents["manifests/demo/demo.yaml"] = "kind: List\n";
  const auto add = [&](const std::string& text) {
    options.contents["blobs/sha256/" + sha256_hex(text)] = text;
    return digest_of(text);
  };
  const std::string layer_text = noise(150'000, 12);
  const std::string config = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers"}})";
  const std::string oci = manifest_of(spec::kOciManifest, spec::kOciConfig, config,
                                      "application/vnd.oci.image.layer.v1.tar+gzip", layer_text);
  layer = add(layer_text);
  add(config);
  manifest = add(oci);
  const std::string docker_config =
      R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers"},"docker":true})";
  add(docker_config);
  docker = add(manifest_of(spec::kDockerManifest, spec::kDockerConfig, docker_config,
                           "application/vnd.docker.image.rootfs.diff.tar.gzip", layer_text));
  image_index = add(fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{},{}]}})",
                                spec::kOciIndex, for_platform("amd64", descriptor(spec::kOciManifest, oci)),
                                for_platform("arm64", descriptor(spec::kOciManifest, "not here"))));
  options.add_lists = [this](format::Index& index) {
    const auto image = [&](const std::string& ref, const std::string& digest) {
      index.images.push_back(
          {.ref = ref, .digest = digest, .platform = "linux/amd64", .why = {"components.demo > demo"}});
    };
    image("docker.io/library/busybox:1.37", image_index);
    image("docker.io/library/busybox:1.38", docker);
    image("docker.io/library/busybox:1.36", docker);
    image("quay.io/example/tool@" + manifest, manifest);
    index.components = {{.name = "demo", .version = "v1.2.3", .apply = "master"}};
    index.charts = {{.name = "demo",
                     .version = "1.2.3",
                     .path = "charts/demo.tgz",
                     .release = "demo",
                     .namespace_ = "demo",
                     .why = {"components.demo"}}};
    index.files = {{.path = "files/model.gguf", .url = "https://files.example/model"}};
  };
  return options;
}

ServedBundle::ServedBundle()
    : options_(make_options()),
      bundle_(make_bundle(parent_.path(), options_, {})),
      verified_(verified_of(bundle_)),
      media(verified_, {bundle_.folder}),
      responder(media) {}

std::filesystem::path ServedBundle::part_of(std::string_view path) const {
  return bundle_.folder / index().parts.at(entry(path).at.front().part).name;
}

void ServedBundle::flip_byte(std::string_view path, std::uint64_t offset) const {
  const UniqueFd fd = open_file(part_of(path), OpenMode::create_or_open);
  std::array<std::byte, 1> byte{};
  const std::uint64_t at = entry(path).at.front().offset + offset;
  pread_all(fd.get(), byte, at, "part");
  byte[0] ^= std::byte{1};
  pwrite_all(fd.get(), byte, at, "part");
}

std::string text_of(serve::Answer& answer) {
  std::vector<std::byte> buffer(4096);
  std::string text;
  if (!answer.body) {
    return text;
  }
  while (!answer.body->prepare(buffer)) {
  }
  for (Bytes bytes = answer.body->next(buffer); !bytes.empty(); bytes = answer.body->next(buffer)) {
    text += as_text(bytes);
  }
  return text;
}

serve::Request get(const std::string& target) {
  return {.method = "GET", .target = target, .is_private = true, .base_url = "https://10.0.0.1:8443"};
}

}  // namespace bundle::test
