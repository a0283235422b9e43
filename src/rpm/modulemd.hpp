#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::rpm {

/// One build of a module stream (document `modulemd`, version 2), as far as filtering needs it.
struct ModuleBuild {
  struct Requirement {
    std::string module;
    std::vector<std::string> streams;  ///< empty: any; a leading `-`: not this one
  };
  std::string name;
  std::string stream;  ///< text: `1.10` is not 1.1
  std::string version;
  std::string
      context;  ///< as libdnf tells builds apart: the real one when static, else made of the requirements
  std::vector<Requirement> dependencies;   ///< all must hold; the platform's among them
  std::vector<std::string> artifacts;      ///< NEVRAs with epoch
  std::vector<std::string> demodularized;  ///< package names that are let through again
};

/// What a document `modulemd-defaults` says.
struct DefaultStream {
  std::string stream;  ///< empty: none, because two repositories contradict each other
  std::uint64_t modified = 0;
};

struct ModuleMetadata {
  std::vector<ModuleBuild> builds;
  std::map<std::string, DefaultStream> defaults;  ///< by module
  std::vector<std::string> problems;              ///< documents that were left out, and why
};

/// Reads the documents of a modules.yaml and adds them to `metadata`. Of several default streams of a module
/// the last of the file counts, between files the one modified later, and none when neither is. A malformed
/// document is left out and noted, as libdnf does; other kinds of documents (translations, obsoletes) are
/// skipped. Source: modulemd specifications, github.com/fedora-modularity/libmodulemd, yaml_specs/.
void read_modulemd(std::string_view text, const std::string& name, ModuleMetadata& metadata);

/// The platforms (`el8`) that the builds require, sorted.
std::vector<std::string> required_platforms(const ModuleMetadata& metadata);

}  // namespace bundle::rpm
