#pragma once

#include <filesystem>
#include <string>

namespace bundle::spec {

/// The folder that holds manifests/, rpm-lists/ and bundles/: `given` (--data-dir) if not empty, else
/// BUNDLE_DATA, else ../share/bundle beside the real executable, else the source tree that it was built in.
/// Throws Error(usage).
std::filesystem::path find_data_dir(const std::string& given);

}  // namespace bundle::spec
