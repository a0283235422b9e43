#include "build/moved_tags.hpp"

#include "base/parallel.hpp"
#include "spec/reference.hpp"

namespace bundle::build {
namespace {

void warn_if_moved(const spec::LockedImage& image, World& world) {
  const spec::Reference reference = spec::reference(image.ref);
  if (reference.digest) {
    return;
  }
  try {
    const spec::Digest now = world.registry.current_digest(reference);
    if (now != image.digest) {
      world.log.warn(fmt::format("{} has moved since the lock: it names {} now, and {} is built", image.ref,
                                 now.str(), image.digest.str()));
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      throw;
    }
    world.log.detail(fmt::format("cannot tell whether {} has moved: {}", image.ref, error.message()));
  }
}

}  // namespace

void warn_of_moved_tags(const spec::Lock& lock, World& world) {
  parallel_for(lock.images.size(), world.jobs, [&](std::size_t i) { warn_if_moved(lock.images[i], world); });
}

}  // namespace bundle::build
