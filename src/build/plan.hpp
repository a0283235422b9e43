#pragma once

#include <string>
#include <vector>

#include "build/rpm_repositories.hpp"
#include "build/source.hpp"
#include "format/index.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// A bundle before its first byte is written: every path, size, digest and offset is known.
struct Plan {
  format::Index index;
  std::vector<PlannedEntry> entries;  ///< in the order of index.entries
  std::string index_json;             ///< still without the digests of the parts
  std::string sha256;                 ///< of index_json: names the plan
};

/// The index as it is signed.
struct SealedIndex {
  std::string json;
  std::string sha256;  ///< of json: what `--expect` takes
};

/// What is not in the lock itself.
struct PlanInputs {
  const spec::Lock& lock;
  std::vector<PlannedEntry> texts;  ///< charts, values, manifests, programs
  StagedRepositories rpms;
  format::Installer installer;
  std::uint64_t part_size_bytes = 0;
};

/// A pure function of its inputs: the same lock, RPM repositories and installer give the same plan.
/// Throws Error(spec) when two things want one path.
Plan make_plan(PlanInputs inputs);

/// The plan's index with the digests of its parts, which are known when they are written.
SealedIndex seal_index(const Plan& plan, const std::vector<std::string>& part_sha256);

}  // namespace bundle::build
