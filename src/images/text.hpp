#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::images {

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

/// The same for a name that says nothing of an image: `AGENT_VERSION`, `trivy.tag` and `workerRepository` are
/// pieces of the groups `agent`, `trivy` and `worker`, should there be such images. Role none for other
/// names.
KeyName classify_loose_key(std::string_view key);

/// `ociArtifact` and `OCI_ARTIFACT` are the words oci and artifact.
std::vector<std::string> words_of(std::string_view key);
/// Lower case without what separates words: `_`, `-`, `.`.
std::string flatten(std::string_view key);

/// A name with IMAGE in it that is none of KeyName's roles and not about pulling: RELATED_IMAGE_WORKER.
bool mentions_image(std::string_view key);

/// `quay.io/…`, `registry:5000/…`, `localhost/…`: begins with a host.
bool names_host(std::string_view text);
/// `quay.io/org`, `registry:5000`: a place that references below it may begin with; no URL, no tag.
bool is_registry_prefix(std::string_view text);

/// Parses as a reference and has `/`, `:` or `@`: good enough below a key that says image.
bool is_strict_reference(std::string_view text);
/// The tag is a number of three to five digits: `h.example.com/metrics:8080`.
bool ends_in_port(std::string_view text);
/// `collector:4317`: such a number, and no path.
bool is_host_and_port(std::string_view text);
/// Carries its tag or digest itself.
bool is_complete_reference(std::string_view text);
/// What follows containers/image's `docker://`; all of it when that is not there.
std::string_view without_transport(std::string_view text);
/// host/path:tag or …@sha256:…: an image whatever the key. Labels of Kubernetes (`kubernetes.io/os:linux`)
/// are none.
bool is_full_reference(std::string_view text);

/// Each full reference that stands as a word in a text (a script, a configuration file, JSON in JSON). A tag
/// has to have a digit or be a usual one (`latest`, `stable`, …): prose and label selectors have colons too.
std::vector<std::string> full_references_in(std::string_view text);

}  // namespace bundle::images
