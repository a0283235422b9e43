#pragma once

#include "format/index.hpp"
#include "steps/step.hpp"

namespace bundle::install {

/// Says of each step of a plan on which ones before it it builds: these cannot be undone alone while it
/// stands.
void add_needs(steps::Plan& plan, const format::Index& index);

}  // namespace bundle::install
