#pragma once

#include <string>
#include <string_view>

#include "base/yaml.hpp"
#include "images/objects.hpp"

namespace bundle::images {

// What a key or a mapping tells of what stands below it, whatever the chart.

/// A workload of Kubernetes itself: its pod specs must be complete.
bool is_workload_kind(const Object& object);

bool is_container_list(std::string_view key);  ///< containers, initContainers, ephemeralContainers
bool is_argument_list(std::string_view key);   ///< command, args, extraArgs, …
/// `images`, `sidecarImages`, `imageOverrides`: a mapping of names to images, by keys of its own.
bool is_image_map(std::string_view key);
/// Speaks of images, so that `org/name:tag` below it is one: `image`, `sidecarImages`, `imageGroupOne`.
bool is_about_images(std::string_view key);
/// `url`, `upstream`, `chart`, `policy`: what looks like host/path:tag there is something else.
bool is_other_key(std::string_view key);

/// `config.yaml`, `run.sh`: a file in a ConfigMap.
bool is_file_name(std::string_view key);

/// `enabled: false`, `enable: false`, `disabled: true`: gives the key that switches the mapping off; empty:
/// none does.
std::string_view off_switch(const yaml::Node& mapping);

/// Prose for people, and labels: nothing there is looked at.
bool is_never_read(std::string_view key, const yaml::Node& value);
/// `_example`, `config.yaml.sample`: for people who copy it.
bool is_example(std::string_view key);

inline constexpr std::string_view kArtifact = "an OCI artifact, which no container runtime pulls";

/// `artifact`, `install.artifacts`: below it, whole references under keys that do not speak of images are OCI
/// artifacts.
bool is_artifact(std::string_view key);

/// Why what fields below this key name is no image to be pulled: an OCI artifact by name (`ociArtifact`), a
/// policy's list. Empty: nothing says so.
std::string_view why_unused(std::string_view key);

/// Has settings that only a container has (`command`, `env`, `imagePullPolicy`, …), and no pieces of a
/// reference: its `image` may be a single word.
bool speaks_of_container(const yaml::Node& mapping);

/// The registry for names below this mapping (`registry`, `base`, `imageRegistry`, … with a host); empty:
/// none.
std::string_view registry_for(const yaml::Node& mapping);

}  // namespace bundle::images
