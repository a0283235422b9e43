#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::helm {

/// What the name of a field, environment variable or flag promises about its value.
enum class KeyRole { none, image, registry, repository, name, tag, version, digest };

/// `sidecarImageTag`, `SIDECAR_IMAGE_TAG` and `--sidecar-image-tag` are all the tag of the group `sidecar`.
/// `is_bare`: the name says nothing of an image by itself (`tag`, `version`, `repository`, …).
struct KeyName {
  KeyRole role = KeyRole::none;
  std::string group;
  bool is_bare = false;
};
KeyName classify_key(std::string_view key);

/// A name with IMAGE in it that is none of KeyName's roles and not about pulling: RELATED_IMAGE_WORKER.
bool mentions_image(std::string_view key);

/// Parses as a reference and has `/`, `:` or `@`: good enough below a key that says image.
bool is_strict_reference(std::string_view text);
/// Carries its tag or digest itself.
bool is_complete_reference(std::string_view text);
/// host/path:tag or …@sha256:…: an image whatever the key.
bool is_full_reference(std::string_view text);

/// Each full reference that stands as a word in a text (a script, a configuration file, JSON in JSON). A tag
/// has to have a digit or be a usual one (`latest`, `stable`, …): prose and label selectors have colons too.
std::vector<std::string> full_references_in(std::string_view text);

}  // namespace bundle::helm
