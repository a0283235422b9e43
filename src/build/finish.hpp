#pragma once

#include <filesystem>
#include <optional>

#include "build/plan.hpp"
#include "build/world.hpp"
#include "signing/key.hpp"

namespace bundle::build {

/// The static installer that goes into a bundle.
struct InstallerFile {
  std::filesystem::path path;
  std::string content;
};

/// `bundle-onsite` beside the running executable, or where BUNDLE_ONSITE says. Throws Error(usage) when it is
/// not there.
InstallerFile load_installer();

/// Adds installer, index and, with a key, both signatures to a filled DIR.partial and renames it to `folder`.
/// The journal that fill_parts returned is to be held meanwhile.
void finish_bundle(const SealedIndex& index, const InstallerFile& installer,
                   const std::optional<signing::PrivateKey>& key, const std::filesystem::path& partial,
                   const std::filesystem::path& folder);

/// The index of this plan's bundle, when `folder` holds it already, so that only a signature may be missing;
/// then a journal that a killed build left there is removed. Index, installer and the sizes of all parts are
/// compared; and, unless `key` has signed this index, the digests of all parts, for whoever is given this
/// index afterwards relies on them. Throws Error(usage) when something else is there, Error(integrity) for a
/// damaged part.
std::optional<SealedIndex> find_built(const Plan& plan, const InstallerFile& installer,
                                      const std::optional<signing::PrivateKey>& key,
                                      const std::filesystem::path& folder, World& world);

/// Writes the signatures of a finished bundle by this key, unless they are there and right.
void sign_bundle(const SealedIndex& index, const InstallerFile& installer, const signing::PrivateKey& key,
                 const std::filesystem::path& folder);

}  // namespace bundle::build
