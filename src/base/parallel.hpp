#pragma once

#include <cstddef>
#include <functional>

namespace bundle {

/// Runs `work(index)` for 0 … count-1 in that order of start on at most `jobs` threads and waits for all that
/// began. The first exception stops further starts and is rethrown here; an Error(interrupted) gives way to
/// one that comes later and says more.
void parallel_for(std::size_t count, std::size_t jobs, const std::function<void(std::size_t)>& work);

}  // namespace bundle
