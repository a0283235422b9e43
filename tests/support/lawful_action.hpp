#pragma once

#include <functional>
#include <memory>

#include "base/log.hpp"
#include "steps/action.hpp"
#include "support/action_laws.hpp"

namespace bundle::test {

/// A host of the installer over a FakeWorld.
struct WorldHost {
  explicit WorldHost(FakeWorld& of_world) : world(of_world) {}

  FakeWorld& world;
  Log log{LogLevel::quiet, false};
  NoProgress progress;
  host::Host host{
      .root = world.folder.path(), .runner = world.runner, .log = log, .progress = progress, .now = [this] {
        return world.now++;
      }};
};

using MakeStepsAction = std::function<std::unique_ptr<steps::Action>(FakeWorld&)>;

/// An action with what a journal keeps of it from one try to the next, for check_laws.
inline MakeAction lawful(MakeStepsAction make, steps::Undo undo) {
  struct Tried {
    explicit Tried(FakeWorld& world) : host(world) {}
    WorldHost host;
    std::unique_ptr<steps::Action> action;
    std::vector<steps::Change> changes;
    json::Array marks;

    steps::Context context() {
      return steps::Context(host.host, changes, marks,
                            [this](const json::Value& what) { marks.push_back(what); });
    }
    /// As the executor has it: what was there first stays, but for what is about to be written.
    void capture() {
      steps::Context now = context();
      steps::Change change = action->capture(now);
      if (changes.empty()) {
        changes.push_back(std::move(change));
      } else if (const auto ours = change.before.find("ours"); ours != change.before.end()) {
        changes[0].before["ours"] = ours->second;
      }
    }
  };
  return [make = std::move(make), undo](FakeWorld& world) {
    const auto tried = std::make_shared<Tried>(world);
    tried->action = make(world);
    return LawfulAction{.is_done =
                            [tried](FakeWorld&) {
                              steps::Context context = tried->context();
                              return tried->action->is_done(context);
                            },
                        .capture = [tried](FakeWorld&) { tried->capture(); },
                        .apply =
                            [tried](FakeWorld&) {
                              steps::Context context = tried->context();
                              tried->action->apply(context);
                            },
                        .verify =
                            [tried](FakeWorld&) {
                              steps::Context context = tried->context();
                              tried->action->verify(context);
                            },
                        .undo =
                            [tried, undo](FakeWorld&) {
                              for (const steps::Change& change : tried->changes) {
                                undo(tried->host.host, change);
                              }
                            }};
  };
}

/// A world as it is when nothing was done to it yet.
inline std::unique_ptr<FakeWorld> new_world() { return std::make_unique<FakeWorld>(); }

}  // namespace bundle::test
