#pragma once

#include "build/world.hpp"
#include "spec/lock.hpp"

namespace bundle::build {

/// Warns of each image whose tag names another digest by now than the one locked. The tags are asked for as
/// Registry::current_digest says, and change nothing of what is built; a registry that does not answer at
/// once is passed over, since what is needed of it may be here already.
void warn_of_moved_tags(const spec::Lock& lock, World& world);

}  // namespace bundle::build
