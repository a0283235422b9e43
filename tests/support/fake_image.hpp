#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "spec/digest.hpp"
#include "spec/image_manifest.hpp"
#include "support/fake_http.hpp"

namespace bundle::test {

inline json::Object descriptor_of(const std::string& content, std::string_view media_type) {
  return {{"mediaType", media_type},
          {"digest", spec::Digest::of(content).str()},
          {"size", static_cast<std::uint64_t>(content.size())}};
}

inline json::Object with_platform(json::Object descriptor, const std::string& os,
                                  const std::string& architecture) {
  descriptor["platform"] = json::Object{{"os", os}, {"architecture", architecture}};
  return descriptor;
}

inline std::string index_of(const std::vector<json::Object>& manifests) {
  return json::canonical(json::Object{{"schemaVersion", 2},
                                      {"mediaType", spec::kOciIndex},
                                      {"manifests", json::Array(manifests.begin(), manifests.end())}});
}

/// A small image for one platform.
struct FakeImage {
  std::string config;
  std::vector<std::string> layers;
  std::string manifest;

  explicit FakeImage(const std::string& architecture,
                     std::vector<std::string> layer_contents = {"one", "two"})
      : config(json::canonical(json::Object{{"os", "linux"}, {"architecture", architecture}})),
        layers(std::move(layer_contents)) {
    make_manifest();
  }

  FakeImage with_config(const std::string& content) const {
    FakeImage other = *this;
    other.config = content;
    other.make_manifest();
    return other;
  }

 private:
  void make_manifest() {
    json::Array rows;
    for (const std::string& layer : layers) {
      rows.push_back(descriptor_of(layer, "application/vnd.oci.image.layer.v1.tar+gzip"));
    }
    manifest = json::canonical(json::Object{{"schemaVersion", 2},
                                            {"mediaType", spec::kOciManifest},
                                            {"config", descriptor_of(config, spec::kOciConfig)},
                                            {"layers", rows}});
  }
};

/// Puts documents and blobs below `base` (`https://host/v2/repository`) of a fake registry.
struct FakeRepository {
  FakeHttp& http;
  std::string base;

  void put_document(const std::string& content, const std::string& tag = "") const {
    const FakeHttp::Headers headers = {{"docker-content-digest", spec::Digest::of(content).str()}};
    http.serve(base + "/manifests/" + spec::Digest::of(content).str(), content, headers);
    if (!tag.empty()) {
      http.serve(base + "/manifests/" + tag, content, headers);
    }
  }
  void put_blob(const std::string& content) const {
    http.serve(base + "/blobs/" + spec::Digest::of(content).str(), content);
  }
  void put_image(const FakeImage& image, const std::string& tag = "") const {
    put_document(image.manifest, tag);
    put_blob(image.config);
    for (const std::string& layer : image.layers) {
      put_blob(layer);
    }
  }
};

}  // namespace bundle::test
