#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bundle::test {

/// A package of a made-up repository; dependencies as in a spec file (`name >= 1:2.0-1`, `(a or b)`,
/// `/a/file`).
struct Stub {
  std::string name;
  std::string version = "1.0";
  std::string release = "1";
  std::string epoch = "0";
  std::string arch = "x86_64";
  std::vector<std::string> requires_;
  std::vector<std::string> provides;  ///< beside its own name and version
  std::vector<std::string> conflicts;
  std::vector<std::string> obsoletes;
  std::vector<std::string> recommends;
  std::vector<std::string> files;        ///< in primary
  std::vector<std::string> other_files;  ///< only in filelists
  std::string location;                  ///< default: Packages/NVRA.rpm
};

/// Writes `folder`/repodata with primary, filelists and, if there is text, modules; all unpacked.
void write_repository(const std::filesystem::path& folder, const std::vector<Stub>& packages,
                      const std::string& modules = {});

void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace bundle::test
