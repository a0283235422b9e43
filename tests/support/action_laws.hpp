#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/fakes/world.hpp"

namespace bundle::test {

/// One thing that is done to a host, as the laws see it. `capture` keeps what `undo` needs, and is called
/// before each try, as an executor does: what the first one kept must outlive the later ones.
struct LawfulAction {
  std::function<bool(FakeWorld&)> is_done;
  std::function<void(FakeWorld&)> capture;
  std::function<void(FakeWorld&)> apply;
  std::function<void(FakeWorld&)> verify;
  std::function<void(FakeWorld&)> undo;
};

struct Laws {
  bool is_done_before = false;
  /// Beginnings of snapshot lines that never count, such as those of a journal.
  std::vector<std::string> ignored;
  /// Beginnings of snapshot lines that undo leaves on purpose. `history ` is always among them.
  std::vector<std::string> leftovers;
  /// Beginnings of lines that a second apply may change, such as the revision of a release.
  std::vector<std::string> changes_again;
  /// Beginnings of lines that may be others when a cut came between. `history ` is always among them.
  std::vector<std::string> changes_by_cut;
};

using MakeWorld = std::function<std::unique_ptr<FakeWorld>()>;
using MakeAction = std::function<LawfulAction(FakeWorld&)>;

namespace laws {

/// As an executor does it.
inline void attempt(FakeWorld& world, const LawfulAction& action) {
  if (!action.is_done(world)) {
    action.capture(world);
    action.apply(world);
  }
  action.verify(world);
}

/// Runs `doing` with a cut at this point; false when it ended before that.
inline bool is_cut_in(FakeWorld& world, std::size_t point, const std::function<void()>& doing) {
  world.power.cut_at(point);
  bool was_cut = false;
  try {
    doing();
  } catch (const PowerCut&) {
    was_cut = true;
  }
  world.power.restore();
  return was_cut;
}

/// What does not count: `ignored`, and those.
inline std::vector<std::string> besides(const Laws& laws, const std::vector<std::string>& those,
                                        bool with_history) {
  std::vector<std::string> prefixes = laws.ignored;
  prefixes.insert(prefixes.end(), those.begin(), those.end());
  if (with_history) {
    prefixes.emplace_back("history ");
  }
  return prefixes;
}

inline void check_undone(FakeWorld& world, const LawfulAction& action, const std::string& before,
                         const Laws& laws) {
  const std::vector<std::string> ignored = besides(laws, laws.leftovers, true);
  for (const std::string which : {"the first undo", "the second undo"}) {
    CAPTURE(which);
    action.undo(world);
    CHECK(difference(before, world.snapshot(), ignored) == "");
  }
}

/// Probe, apply, apply again, undo, undo again. Returns the world as it is after the first apply.
inline std::string check_whole(FakeWorld& world, const LawfulAction& action, const Laws& laws) {
  const std::string before = world.snapshot();
  CHECK(action.is_done(world) == laws.is_done_before);
  CHECK(difference(before, world.snapshot(), laws.ignored) == "");  // a probe only looks
  action.capture(world);
  CHECK(difference(before, world.snapshot(), laws.ignored) == "");
  action.apply(world);
  action.verify(world);
  CHECK(action.is_done(world));
  const std::string after = world.snapshot();
  action.apply(world);
  CHECK(difference(after, world.snapshot(), besides(laws, laws.changes_again, false)) == "");
  check_undone(world, action, before, laws);
  return after;
}

/// Cut off at this point, done again, which gives the same world as `whole`, undone. False when the action
/// had ended before the point.
inline bool check_cut(FakeWorld& world, const LawfulAction& action, std::size_t point,
                      const std::string& whole, const Laws& laws) {
  const std::string before = world.snapshot();
  if (!is_cut_in(world, point, [&] { attempt(world, action); })) {
    return false;
  }
  attempt(world, action);
  CHECK(action.is_done(world));
  CHECK(difference(whole, world.snapshot(), besides(laws, laws.changes_by_cut, true)) == "");
  check_undone(world, action, before, laws);
  return true;
}

/// Cut off at this point of undoing, and undone again.
inline bool check_cut_undo(FakeWorld& world, const LawfulAction& action, std::size_t point,
                           const Laws& laws) {
  const std::string before = world.snapshot();
  attempt(world, action);
  if (!is_cut_in(world, point, [&] { action.undo(world); })) {
    return false;
  }
  check_undone(world, action, before, laws);
  return true;
}

}  // namespace laws

/// What holds for every action: it says truly whether it is done; done twice it changes nothing more; cut off
/// at any command it can be done again, and comes to the same world; undo, even one that was cut off or is
/// done twice, gives back the world from before; and no command is one that nobody modelled. Each try has a
/// world of its own. Returns the number of points at which it was cut.
inline std::size_t check_laws(const MakeWorld& make_world, const MakeAction& make_action,
                              const Laws& laws = {}) {
  const auto with_world = [&](const auto& check) {
    const std::unique_ptr<FakeWorld> world = make_world();
    const LawfulAction action = make_action(*world);
    const bool goes_on = check(*world, action);
    CHECK(world->unknown() == std::vector<std::string>{});
    return goes_on;
  };
  std::string whole;
  with_world([&](FakeWorld& world, const LawfulAction& action) {
    whole = laws::check_whole(world, action, laws);
    return true;
  });
  std::size_t cuts = 0;
  for (const bool in_undo : {false, true}) {
    for (std::size_t point = 0;; ++point, ++cuts) {
      CAPTURE(point);
      CAPTURE(in_undo);
      const bool was_cut = with_world([&](FakeWorld& world, const LawfulAction& action) {
        return in_undo ? laws::check_cut_undo(world, action, point, laws)
                       : laws::check_cut(world, action, point, whole, laws);
      });
      if (!was_cut) {
        break;
      }
    }
  }
  return cuts;
}

}  // namespace bundle::test
