#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spec/digest.hpp"

namespace bundle::spec {

inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";

/// No registry takes larger manifests (distribution-spec, "Pushing Manifests").
inline constexpr std::uint64_t kMaxDocumentBytes = 4ull << 20;

bool is_index_type(std::string_view media_type);
bool is_manifest_type(std::string_view media_type);
/// Of what a container runtime runs; any other config belongs to an OCI artifact (a chart, a model).
bool is_image_config_type(std::string_view media_type);
/// Of what a container runtime unpacks. An encrypted layer is none: no host of ours has a key.
/// Source: containerd's core/images/mediatypes.go, IsLayerType.
bool is_layer_type(std::string_view media_type);

/// A platform in GOOS/GOARCH words; `variant` as image-spec's index page lists them, the default one empty.
struct Platform {
  std::string os;
  std::string architecture;  ///< empty where whoever made the image named none
  std::string variant;
  bool is_named() const { return !architecture.empty() || os != "linux"; }
  std::string str() const;
  bool operator==(const Platform&) const = default;
};

/// `linux/amd64`, `linux/arm/v7`, normalised as containerd does (x86_64 is amd64, amd64/v1 and arm64/v8 are
/// the defaults, arm is v7). Throws Error(usage) when malformed.
Platform parse_platform(std::string_view text);
/// Normalises words from outside. No OS is Linux, as containerd has it (platforms.Normalize).
Platform make_platform(std::string_view os, std::string_view architecture, std::string_view variant);

/// Source: OCI image-spec v1.1 descriptor.md.
struct Descriptor {
  Digest digest;
  std::uint64_t size_bytes = 0;
  std::string media_type;
  std::optional<Platform> platform;  ///< in an index
  bool is_foreign = false;           ///< lies at `urls` outside the registry
};

/// An image for one platform: OCI image-spec manifest.md, Docker schema 2.
struct ImageManifest {
  Descriptor config;
  std::vector<Descriptor> layers;
};

/// Manifests for several platforms: OCI image-spec image-index.md, Docker manifest list.
struct ImageIndex {
  std::vector<Descriptor> manifests;
};

struct ImageDocument {
  std::string media_type;  ///< its own word, else `declared_type`, else by its shape
  std::variant<ImageManifest, ImageIndex> body;
};

/// Parses what a registry gave. `declared_type` is what header or descriptor said, may be empty; `name` goes
/// into errors. Throws Error(integrity) when malformed, ambiguous (both `layers` and `manifests`,
/// CVE-2021-41190) or over kMaxDocumentBytes; Error(unresolvable) for Docker's schema 1.
ImageDocument parse_document(std::string_view content, std::string_view declared_type,
                             const std::string& name);

/// Throws Error(unresolvable) for the media types of Docker's schema 1. Their digest is not that of the bytes
/// (the signatures in them do not count), so this comes before any digest is checked.
void refuse_schema1(std::string_view media_type, const std::string& name);

/// The platform that an image config names; both of its keys may be missing or empty (data and models in
/// image volumes). Source: OCI image-spec config.md. Throws Error(integrity).
Platform config_platform(std::string_view content, const std::string& name);

}  // namespace bundle::spec
