#include "build/cosign.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/json.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "signing/key.hpp"

namespace bundle::build {
namespace {

constexpr std::uint64_t kMaxPayloadBytes = 64 << 10;
constexpr std::size_t kMaxSignatures = 64;
constexpr std::string_view kPayloadType = "application/vnd.dev.cosign.simplesigning.v1+json";
constexpr std::string_view kAnnotation = "dev.cosignproject.cosign/signature";

struct LoadedKey {
  const spec::CosignKey* spec;
  signing::PublicKey key;
};

std::vector<LoadedKey> load_keys(const Inputs& inputs) {
  std::vector<LoadedKey> keys;
  const auto add = [&](const std::vector<spec::CosignKey>& list) {
    for (const spec::CosignKey& key : list) {
      try {
        keys.push_back({&key, signing::PublicKey::from_pem(key.pem, "'key'")});
      } catch (const Error& error) {
        throw Error(ErrorKind::spec, key.position, error.message(), error.hint());
      }
    }
  };
  for (const spec::Component& component : inputs.components) {
    add(component.cosign);
  }
  add(inputs.versions.cosign);
  return keys;
}

bool is_about(std::string_view payload, const spec::Digest& digest) {
  const json::Value value = json::parse(payload, "a signed payload", ErrorKind::integrity);
  const json::Value& critical = json::member_at(value, "critical");
  return json::text_at(critical, "type") == "cosign container image signature" &&
         json::text_at(json::member_at(critical, "image"), "docker-manifest-digest") == digest.str();
}

/// The signatures of one image, and the look for a good one.
class Signatures {
 public:
  Signatures(const spec::Reference& reference, const spec::Digest& digest, World& world)
      : reference_{.host = reference.host,
                   .repository = reference.repository,
                   .tag = replace_all(digest.str(), ":", "-") + ".sig"},
        digest_(digest),
        world_(world) {}

  /// Null when none is by one of the keys, and about this image.
  const LoadedKey* find(const std::vector<const LoadedKey*>& keys) {
    const json::Value manifest = json::parse(fetch(), reference_.str(), ErrorKind::integrity);
    const json::Value* layers = manifest.find("layers");
    if (layers == nullptr || layers->if_array() == nullptr || layers->if_array()->size() > kMaxSignatures) {
      fail(ErrorKind::integrity, "{} is not a list of at most {} signatures", reference_.str(),
           kMaxSignatures);
    }
    for (const json::Value& layer : *layers->if_array()) {
      if (const LoadedKey* key = check(layer, keys)) {
        return key;
      }
    }
    return nullptr;
  }

 private:
  std::string fetch() {
    try {
      return world_.registry.fetch_document(reference_, world_.registry.current_digest(reference_));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unresolvable) {
        throw;
      }
      throw Error(
          ErrorKind::integrity,
          fmt::format("a cosign key is pinned for it, and there is no signature: {}", error.message()),
          "take its row under 'cosign' away when its vendor does not sign it with a key; then nobody "
          "vouches for it");
    }
  }

  const LoadedKey* check(const json::Value& layer, const std::vector<const LoadedKey*>& keys) {
    const std::optional<spec::Digest> digest = spec::Digest::parse(json::text_at(layer, "digest"));
    const std::optional<std::string> signature =
        base64_decode(json::text_at(json::member_at(layer, "annotations"), kAnnotation));
    const json::Value* size = layer.find("size");
    const std::int64_t* size_bytes = size == nullptr ? nullptr : size->if_integer();
    if (json::text_at(layer, "mediaType") != kPayloadType || !digest || !signature || size_bytes == nullptr ||
        *size_bytes < 0) {
      return nullptr;
    }
    const std::string payload = world_.registry.fetch_small_blob(
        reference_, {.digest = *digest, .size_bytes = static_cast<std::uint64_t>(*size_bytes)},
        kMaxPayloadBytes);
    const auto signer = std::find_if(keys.begin(), keys.end(), [&](const LoadedKey* key) {
      return key->key.verifies(as_bytes(payload), as_bytes(*signature));
    });
    return signer != keys.end() && is_about(payload, digest_) ? *signer : nullptr;
  }

  spec::Reference reference_;
  spec::Digest digest_;
  World& world_;
};

void vouch(spec::LockedImage& image, const std::vector<LoadedKey>& all, World& world) {
  const spec::Reference reference = spec::reference(image.ref);
  std::vector<const LoadedKey*> keys;
  for (const LoadedKey& key : all) {
    if (covers(key.spec->images, reference)) {
      keys.push_back(&key);
    }
  }
  if (keys.empty()) {
    return;
  }
  with_context("checking the cosign signature of " + image.ref, [&] {
    const LoadedKey* signer = Signatures(reference, image.digest, world).find(keys);
    if (signer == nullptr) {
      throw Error(ErrorKind::integrity,
                  fmt::format("no signature of {} is by a key that is pinned for it", image.digest.str()),
                  "compare the key with the one that the vendor publishes; keyless signatures are not taken");
    }
    image.vouched = {.by = spec::VouchedBy::cosign, .key = signer->key.id()};
  });
}

}  // namespace

bool covers(const std::string& images, const spec::Reference& reference) {
  const std::string name = reference.name();
  return images.ends_with('/') ? name.starts_with(images) : name == images;
}

void vouch_by_cosign(std::vector<spec::LockedImage>& images, const Inputs& inputs, World& world) {
  const std::vector<LoadedKey> keys = load_keys(inputs);
  for (const LoadedKey& key : keys) {
    const bool is_used = std::any_of(images.begin(), images.end(), [&](const spec::LockedImage& image) {
      return covers(key.spec->images, spec::reference(image.ref));
    });
    if (!is_used) {
      world.log.warn(fmt::format("{}: the cosign key for {} covers no image of this bundle",
                                 to_string(key.spec->position), key.spec->images));
    }
  }
  parallel_for(images.size(), world.jobs, [&](std::size_t i) { vouch(images[i], keys, world); });
}

}  // namespace bundle::build
