#include "spec/image_manifest.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace bundle::spec {
namespace {

constexpr std::string_view kSchema1 = "application/vnd.docker.distribution.manifest.v1+";

void check_size(std::string_view content, const std::string& name) {
  if (content.size() > kMaxDocumentBytes) {
    fail(ErrorKind::integrity, "{} has {} bytes; a manifest may have {}", name, content.size(),
         kMaxDocumentBytes);
  }
}

Platform read_platform(const json::Value& value, const std::string& where) {
  json::Reader reader(value, where);
  const std::string os = reader.string_or("os", "");
  const std::string architecture = reader.string_or("architecture", "");
  return make_platform(os, architecture, reader.string_or("variant", ""));
}

Descriptor read_descriptor(const json::Value& value, const std::string& where) {
  json::Reader reader(value, where);
  const auto digest = Digest::parse(reader.string("digest"));
  if (!digest) {
    reader.fail_at("digest", "expected sha256: and 64 lower-case hex digits");
  }
  Descriptor descriptor{.digest = *digest,
                        .size_bytes = reader.number("size"),
                        .media_type = reader.string_or("mediaType", ""),
                        .is_foreign = !reader.array_or_empty("urls").empty()};
  if (const json::Value* platform = reader.member_or_null("platform");
      platform != nullptr && !platform->is_null()) {
    descriptor.platform = read_platform(*platform, where + ".platform");
  }
  return descriptor;
}

std::vector<Descriptor> read_descriptors(json::Reader& reader, std::string_view key) {
  std::vector<Descriptor> descriptors;
  const json::Array& array = reader.array(key);
  descriptors.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    descriptors.push_back(read_descriptor(array[i], fmt::format("{}: {}[{}]", reader.where(), key, i)));
  }
  return descriptors;
}

[[noreturn]] void fail_schema1(const std::string& name) {
  throw Error(ErrorKind::unresolvable,
              name + " is in Docker's old schema 1, which no container runtime takes any more",
              "push the image again with a current tool, or use a newer tag");
}

void check_schema(json::Reader& reader, const std::string& name) {
  const std::uint64_t version = reader.number("schemaVersion");
  if (version == 1) {
    fail_schema1(name);
  }
  if (version != 2) {
    reader.fail_at("schemaVersion", fmt::format("expected 2, found {}", version));
  }
}

/// By what it says of itself, else what was said of it, else its shape.
std::string type_of(const json::Value& root, json::Reader& reader, std::string_view declared) {
  std::string own = reader.string_or("mediaType", "");
  const bool has_manifests = root.find("manifests") != nullptr;
  if (has_manifests && root.find("layers") != nullptr) {
    reader.fail_at("manifests", "stands beside 'layers': an image and an index at once");
  }
  if (!own.empty()) {
    return own;
  }
  if (is_index_type(declared) || is_manifest_type(declared) || declared.starts_with(kSchema1)) {
    return std::string(declared);
  }
  return std::string(has_manifests ? kOciIndex : kOciManifest);
}

}  // namespace

bool is_index_type(std::string_view media_type) {
  return media_type == kOciIndex || media_type == kDockerList;
}
bool is_manifest_type(std::string_view media_type) {
  return media_type == kOciManifest || media_type == kDockerManifest;
}

bool is_image_config_type(std::string_view media_type) {
  return media_type == kOciConfig || media_type == kDockerConfig;
}
bool is_layer_type(std::string_view media_type) {
  return (media_type.starts_with("application/vnd.oci.image.layer.") ||
          media_type.starts_with("application/vnd.docker.image.rootfs.")) &&
         !media_type.ends_with("+encrypted");
}

std::string Platform::str() const {
  return is_named() ? os + "/" + architecture + (variant.empty() ? "" : "/" + variant) : "no named platform";
}

Platform make_platform(std::string_view os, std::string_view architecture, std::string_view variant) {
  Platform platform{os.empty() ? "linux" : lower(os), lower(architecture), lower(variant)};
  if (platform.architecture == "x86_64" || platform.architecture == "x86-64") {
    platform.architecture = "amd64";
  } else if (platform.architecture == "aarch64") {
    platform.architecture = "arm64";
  }
  const bool is_default =
      (platform.architecture == "amd64" && platform.variant == "v1") ||
      (platform.architecture == "arm64" && (platform.variant == "v8" || platform.variant == "8"));
  if (is_default) {
    platform.variant.clear();
  } else if (platform.architecture == "arm" && platform.variant.empty()) {
    platform.variant = "v7";
  }
  return platform;
}

Platform parse_platform(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty() || parts[1].empty()) {
    fail(ErrorKind::usage, "'{}' is not a platform: expected os/architecture[/variant]",
         first_bytes(text, 100));
  }
  return make_platform(parts[0], parts[1], parts.size() == 3 ? parts[2] : "");
}

void refuse_schema1(std::string_view media_type, const std::string& name) {
  if (media_type.starts_with(kSchema1)) {
    fail_schema1(name);
  }
}

ImageDocument parse_document(std::string_view content, std::string_view declared_type,
                             const std::string& name) {
  check_size(content, name);
  const json::Value root = json::parse(content, name);
  json::Reader reader(root, name);
  ImageDocument document{.media_type = type_of(root, reader, declared_type), .body = ImageIndex{}};
  refuse_schema1(document.media_type, name);
  const bool is_index = is_index_type(document.media_type);
  if (!is_index && !is_manifest_type(document.media_type)) {
    reader.fail_at("mediaType",
                   fmt::format("'{}' is neither an image nor an index", escaped(document.media_type, 100)));
  }
  check_schema(reader, name);
  if (is_index) {
    document.body = ImageIndex{read_descriptors(reader, "manifests")};
  } else {
    Descriptor config = read_descriptor(reader.member("config"), name + ": config");
    document.body = ImageManifest{std::move(config), read_descriptors(reader, "layers")};
  }
  return document;
}

Platform config_platform(std::string_view content, const std::string& name) {
  return read_platform(json::parse(content, name), name);
}

}  // namespace bundle::spec
