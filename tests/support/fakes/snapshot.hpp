#pragma once

#include <vector>

#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// Adds `file PATH`, `folder PATH` and `link PATH` for all that lies below the root: modes, and contents
/// (their digest when they are long).
void describe_files(const HostFolder& host, WorldState& state);

/// A line `KEY = VALUE` each.
std::string to_text(const WorldState& state);

/// The lines of two such texts that the other one lacks, as `- LINE` and `+ LINE`; empty when they are the
/// same. Lines that begin with one of `ignored` do not count.
std::string difference(const std::string& before, const std::string& after,
                       const std::vector<std::string>& ignored);

}  // namespace bundle::test
