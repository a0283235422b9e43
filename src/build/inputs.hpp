#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "spec/target.hpp"
#include "spec/versions.hpp"

namespace bundle::build {

/// Everything local that a lock is made from.
struct Inputs {
  spec::Versions versions;
  std::filesystem::path data_dir;
  spec::Target target;
  std::vector<spec::Component> components;     ///< as pinned, in the order of versions.yml
  std::vector<spec::Repository> repositories;  ///< of target, components and versions.yml, overrides applied
  std::filesystem::path base;                  ///< empty: nothing is installed
  std::string digest;                          ///< sha256 over all files that were read
};

/// Reads versions.yml, its target, base list, components and values files. Throws Error(spec) that names what
/// does not go together (a component that needs another, an unknown target with the nearest name, …).
Inputs load_inputs(const std::filesystem::path& versions_file, const std::filesystem::path& data_dir);

/// The pinned version of a component, or an empty string.
std::string pinned_version(const Inputs& inputs, const std::string& component);

/// Fills {el}, {os.id}, {os.version} and {os.major} from the target.
std::string fill_from_target(std::string text, const spec::Target& target);

}  // namespace bundle::build
