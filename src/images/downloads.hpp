#pragma once

#include <string>
#include <vector>

#include "images/download_tools.hpp"
#include "images/objects.hpp"

namespace bundle::images {

/// Something that is fetched from outside when a pod of the release runs, and is no image of it.
struct Download {
  const Object* object = nullptr;
  std::vector<std::string> path;  ///< keys, as Candidate has them
  std::string what;               ///< the command, the variable or the address, as far as it is known
  DownloadKind kind = DownloadKind::file;
};

/// What containers (anywhere in an object), their hooks and probes, scripts in ConfigMaps and Secrets, and
/// addresses of models (`hf://…`) would fetch. Hooks of `helm test` are passed over. Commands are read, never
/// run.
std::vector<Download> find_downloads(const std::vector<Object>& objects);

}  // namespace bundle::images
