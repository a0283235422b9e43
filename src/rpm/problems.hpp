#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rpm/solv.hpp"

extern "C" {
#include <solv/solver.h>
}

namespace bundle::rpm {

/// Why a package is not considered ("modular filtering", "an exclude"); empty when it is.
using HiddenReason = std::function<std::string(Id package)>;

/// One line per rule that makes the solver's problems, from the wanted packages towards the cause; those of
/// several problems under one heading each. `wanted` are the texts of the jobs, in their order.
std::vector<std::string> describe_problems(Solver* solver, const std::vector<std::string>& wanted,
                                           const HiddenReason& hidden);

}  // namespace bundle::rpm
