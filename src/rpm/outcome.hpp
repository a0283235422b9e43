#pragma once

#include <vector>

#include "rpm/closure.hpp"
#include "rpm/selection.hpp"

extern "C" {
#include <solv/solver.h>
}

namespace bundle::rpm {

/// Reads the closure off a solver that has found a solution for `wanted`.
/// Throws Error(integrity) for a package whose location leaves its repository or that has no checksum.
Closure read_outcome(Solver* solver, const std::vector<Candidates>& wanted);

}  // namespace bundle::rpm
