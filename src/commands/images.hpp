#pragma once

#include <string>
#include <vector>

#include "commands/session.hpp"
#include "commands/upstream.hpp"

namespace bundle::commands {

struct ImagesOptions {
  std::vector<std::string> files;  ///< charts (.tgz or folder) and manifests, or one versions.yml
  std::vector<std::string> values;
  std::string kube_version;
  std::string target;
  std::string helm;
  bool all = false;
  bool lenient = false;
  UpstreamOptions upstream;  ///< for a versions.yml, whose charts are fetched
};

/// Prints the image closure of charts and manifests, or of a whole versions.yml, one reference a line (or
/// JSON). What is undecided goes to the log and, unless `lenient`, ends as Error(unresolvable) after the
/// decided references are printed.
void images(Session& session, const ImagesOptions& options);

}  // namespace bundle::commands
