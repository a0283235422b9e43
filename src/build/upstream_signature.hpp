#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "build/world.hpp"
#include "spec/repository.hpp"
#include "spec/voucher.hpp"

namespace bundle::build {

/// The key that signed `content`, by the detached signature that its vendor publishes. Throws
/// Error(integrity) when there is none, or none that a pinned key has made.
spec::Voucher voucher_by_signature(const std::filesystem::path& content,
                                   const spec::UpstreamSignature& signature, World& world);

/// The key that signed a chart's provenance file (`ARCHIVE_URL.prov`), in which `file_name`
/// (NAME-VERSION.tgz) has this digest. Throws Error(integrity) as above, and when it is another digest or no
/// such file is named there. Source: helm.sh/docs/topics/provenance, "The Provenance File"
spec::Voucher voucher_by_provenance(const std::string& archive_url, const std::string& file_name,
                                    const std::string& sha256, const std::vector<spec::GpgKey>& keys,
                                    World& world);

}  // namespace bundle::build
