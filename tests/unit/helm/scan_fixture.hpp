#pragma once

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "helm/image_scan.hpp"

namespace bundle::helm::testing {

/// Manifests need no helm: whoever calls it fails.
class NoPrograms final : public CommandRunner {
 public:
  CommandResult run(const Command& command) override {
    fail(ErrorKind::bug, "{} was run", to_string(command));
  }
};

inline ScanResult scan_text(const std::string& yaml, ScanRequest request = {}) {
  const TempDir dir;
  const std::filesystem::path file = dir.path() / "m.yaml";
  std::ofstream(file) << yaml;
  request.manifests.push_back(file);
  NoPrograms runner;
  return scan(request, runner);
}

/// `class image` of each image in this state, sorted, each once.
inline std::vector<std::string> rows(const ScanResult& result, ImageState state = ImageState::required) {
  std::vector<std::string> all;
  for (const FoundImage& found : result.images) {
    if (found.state == state) {
      all.push_back(found.klass + " " + found.image);
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

using Rows = std::vector<std::string>;

/// A Deployment whose one container has these further lines.
inline std::string deployment(const std::string& lines) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      "
         "containers:\n"
         "        - name: c\n          image: quay.io/a/main:v1\n" +
         lines;
}

/// A custom resource with this spec, indented by two.
inline std::string custom(const std::string& spec) {
  return "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec:\n" + spec;
}

inline std::string config_map(const std::string& data) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n" + data;
}

/// These rows and that of deployment()'s own image.
inline Rows with_main(Rows more) {
  more.emplace_back("podspec quay.io/a/main:v1");
  std::sort(more.begin(), more.end());
  return more;
}

}  // namespace bundle::helm::testing
