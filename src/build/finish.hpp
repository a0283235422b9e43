#pragma once

#include <filesystem>
#include <optional>

#include "build/plan.hpp"
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
void finish_bundle(const Plan& plan, const InstallerFile& installer,
                   const std::optional<signing::PrivateKey>& key, const std::filesystem::path& partial,
                   const std::filesystem::path& folder);

/// Whether `folder` holds exactly this plan's bundle already (index, installer and the sizes of all parts),
/// so that only a signature may be missing; then a journal that a killed build left there is removed. Throws
/// Error(usage) when something else is there.
bool is_built(const Plan& plan, const InstallerFile& installer, const std::filesystem::path& folder);

/// Writes the signatures of a finished bundle by this key, unless they are there and right.
void sign_bundle(const Plan& plan, const InstallerFile& installer, const signing::PrivateKey& key,
                 const std::filesystem::path& folder);

}  // namespace bundle::build
