#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "format/index.hpp"
#include "host/host.hpp"

namespace bundle::smoke {

/// How the smoke test of a component ended.
struct Result {
  std::string component;
  bool has_passed = false;
  double seconds = 0;
  std::string words;  ///< of one that failed: why, and what its pods said last
};

/// Runs the smoke test of a component, as the payload on this master has it: applies it, waits until it has
/// come to its end, and removes it, also where an earlier one was left behind or somebody stops this one.
/// Throws Error(integrity) when the file is not what the index says.
Result run_test(const host::Host& host, const format::Index& index, const format::Component& component,
                std::chrono::seconds patience);

}  // namespace bundle::smoke
