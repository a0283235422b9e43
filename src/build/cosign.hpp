#pragma once

#include <string>
#include <vector>

#include "build/inputs.hpp"
#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// What a key's `images` cover: that repository, or with a final slash all below it.
bool covers(const std::string& images, const spec::Reference& reference);

/// Checks the cosign signature of each image that a pinned key of a component or of versions.yml covers, and
/// records it; a key that covers nothing is said. Throws Error(integrity) when there is none, or none by any
/// of the keys that cover an image; Error(spec) when a key is no public key on P-256.
///
/// The signatures of an image lie in its repository under the tag `sha256-DIGEST.sig`: a manifest whose
/// layers are signed payloads (simple signing), each with its signature as an annotation. Certificates and
/// transparency logs are not looked at. Source: github.com/sigstore/cosign, specs/SIGNATURE_SPEC.md
void vouch_by_cosign(std::vector<spec::LockedImage>& images, const Inputs& inputs, World& world);

}  // namespace bundle::build
