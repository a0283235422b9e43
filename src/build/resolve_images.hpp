#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/inputs.hpp"
#include "build/resolve_charts.hpp"
#include "build/world.hpp"
#include "helm/image_scan.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// A reference that the bundle needs, before its registry was asked.
struct WantedImage {
  spec::Reference reference;
  spec::Roles roles;
  std::vector<std::string> why;
};

/// The image closure of a bundle, and what could not be decided.
struct ImageClosure {
  std::vector<WantedImage> wanted;
  std::vector<helm::FoundImage> found;  ///< the same and what is off or undecided, a row per place
  std::vector<std::string> undecided;   ///< in words, each with what to write where
};

/// The image closure: what a program of the bundle itself lists (kubeadm), what charts and manifests need,
/// and what versions.yml adds.
ImageClosure close_images(const Inputs& inputs, const ResolvedSources& sources,
                          const std::vector<spec::LockedRpm>& rpms,
                          const std::vector<spec::LockedRepository>& repositories, World& world);

/// Throws Error(unresolvable) that lists everything undecided, if there is anything.
void require_decided(const ImageClosure& closure);

/// Asks each reference's registry for its digest, platform manifest and blobs, several at a time. A reference
/// in `kept` (ref -> digest) is asked for by that digest, so that a moved tag stays what it was. Throws as
/// the registry does.
std::vector<spec::LockedImage> resolve_images(const std::vector<WantedImage>& wanted, const std::string& arch,
                                              const std::map<std::string, spec::Digest>& kept, World& world);

}  // namespace bundle::build
