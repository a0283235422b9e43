#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/inputs.hpp"
#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// A chart that was found, and where its archive and values files lie now.
struct ResolvedChart {
  spec::LockedChart locked;
  std::filesystem::path archive;
  std::vector<std::filesystem::path> values;
  spec::ImageRules images;  ///< what versions.yml says of it
  spec::Roles image_roles;
};

struct ResolvedManifest {
  spec::LockedManifest locked;
  std::filesystem::path file;
  spec::Roles image_roles;
  bool is_smoke_test = false;  ///< goes along, and its images with it, but is not applied with the component
};

struct ResolvedProgram {
  spec::LockedText locked;
  std::filesystem::path file;  ///< the extracted program
};

struct ResolvedSources {
  std::vector<ResolvedChart> charts;
  std::vector<ResolvedManifest> manifests;
  std::vector<ResolvedProgram> programs;
  std::vector<spec::LockedText> values;  ///< every values file that goes along
};

/// Finds and fetches the charts, manifests and programs of all components and of versions.yml, each through
/// its repository's index or its pinned digest. Throws as the fetcher does; a chart or version that the index
/// lacks is Error(unresolvable) with the nearest ones.
ResolvedSources resolve_sources(const Inputs& inputs, World& world);

}  // namespace bundle::build
