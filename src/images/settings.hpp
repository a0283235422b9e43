#pragma once

#include <string>
#include <vector>

#include "images/candidate.hpp"

namespace bundle::images {

/// An image in an environment or on a command line.
struct SettingImage {
  std::string text;
  ImageParts parts;               ///< when it was composed of several settings
  std::string doubt;              ///< why it is undecided
  std::vector<std::string> path;  ///< below the list; empty for the list as a whole
};

struct SettingImages {
  std::vector<SettingImage> found;
  std::vector<SettingImage> rest;  ///< other values, in which JSON or words may still name images
};

/// Is this a list of environment variables: items with `name` and `value` or `valueFrom` (some with `name`
/// alone), whatever its key?
bool is_environment(const yaml::Node& sequence);

/// Values of names that say IMAGE (but not of pulling), full references under any name, lists of
/// `[key=]reference`, and X_IMAGE_REPOSITORY with X_IMAGE_TAG or X_VERSION.
SettingImages images_of_environment(const yaml::Node& sequence);

/// The same for `--flag=value` and `--flag value`, also inside a shell script; $(NAME) is expanded from the
/// literal values of `env` (may be null) as the kubelet does. `sequence` holds scalars only.
SettingImages images_of_arguments(const yaml::Node& sequence, const yaml::Node* env);

}  // namespace bundle::images
