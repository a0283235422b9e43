#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fake_host.hpp"
#include "format/parts.hpp"

namespace bundle::preflight::test {

/// A healthy host with a bundle on disk: one image (of CUDA 13), two RPMs with metadata, a chart, helm. Of
/// the image's layers one is carried and one is not. The host has bash, and dnf nothing to say until
/// `dnf_solves`.
struct MediaHost : FakeHost {
  MediaHost();

  /// What a group of checks finds when it may read the bundle.
  std::vector<Check> look(const std::vector<NamedCheck>& checks, bool allow_base_changes = false);
  /// dnf finds this solution (libsolv's text), and all signatures are good.
  void dnf_solves(const std::string& solution);
  /// Gives the entry of the image's layer another size, as if it were large.
  void set_layer_size(std::uint64_t size_bytes);

  TempDir media;
  std::vector<Finding> findings;
  format::Index small;
  std::optional<format::PartSet> parts;
};

}  // namespace bundle::preflight::test
