// What the step `images` of an installation does, and nothing else of it: for tests/e2e/import.sh and
// bench/import.
//
//   import_driver import DIR KEY.pub ROLE[,ROLE…] JOURNAL
//   import_driver undo JOURNAL
//   import_driver names DIR KEY.pub ROLE[,ROLE…]

#include <ctime>
#include <iostream>
#include <span>

#include "base/hash.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "deliver/image_names.hpp"
#include "deliver/import_images.hpp"
#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "signing/trust.hpp"
#include "steps/action.hpp"
#include "steps/journal.hpp"

using namespace bundle;

namespace {

using Words = std::vector<std::string>;

format::VerifiedIndex open_bundle(const Words& words) {
  return format::verify_index({words.at(1)}, {.keys = signing::load_trusted_keys({words.at(2)})});
}

spec::Roles roles_of(const Words& words) {
  spec::Roles roles;
  for (const std::string_view role : split(words.at(3), ',')) {
    roles.emplace(role);
  }
  return roles;
}

void import(host::Host& host, const Words& words) {
  const format::VerifiedIndex bundle = open_bundle(words);
  std::vector<Finding> findings;
  const format::PartSet parts(bundle.index(), {words.at(1)}, findings);
  steps::Journal journal(words.at(4), steps::Journal::Access::write);
  const steps::StepRecord* record = journal.find("images");
  const bool is_new = record == nullptr || record->state == steps::StepState::undone;
  const auto note = [&](const json::Value& what) { journal.mark("images", what, host.now()); };
  steps::Context context(host, is_new ? std::vector<steps::Change>() : record->changes,
                         is_new ? json::Array() : record->marks, note);
  const auto action = deliver::import_images(bundle, parts, roles_of(words));
  if (action->is_done(context)) {
    std::cout << "nothing to do\n";
    return;
  }
  const std::vector<steps::Change> changes =
      is_new ? std::vector<steps::Change>{action->capture(context)} : record->changes;
  journal.begin("images", sha256_hex(json::canonical(action->inputs())), changes, host.now());
  context.begun(changes);
  action->apply(context);
  action->verify(context);
  journal.done("images", 0, host.now());
  std::cout << "imported\n";
}

void undo(host::Host& host, const Words& words) {
  steps::Journal journal(words.at(1), steps::Journal::Access::write);
  const steps::StepRecord* record = journal.find("images");
  const steps::Change change = record->changes.at(0);
  journal.undoing("images", host.now());
  deliver::undo_images(host, change);
  journal.undone("images", host.now());
}

void print_names(const Words& words) {
  for (const deliver::ImageName& name : deliver::image_names(open_bundle(words).index(), roles_of(words))) {
    std::cout << name.name << ' ' << name.digest << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  watch_interrupts();
  Words words;
  for (const char* word : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    words.emplace_back(word);
  }
  PosixRunner runner;
  Log log(LogLevel::normal, false);
  NoProgress progress;
  host::Host host{.runner = runner, .log = log, .progress = progress, .now = [] {
                    return std::int64_t{std::time(nullptr)};
                  }};
  try {
    if (words.at(0) == "import") {
      import(host, words);
    } else if (words.at(0) == "undo") {
      undo(host, words);
    } else {
      print_names(words);
    }
  } catch (const Error& error) {
    std::cerr << render(error) << '\n';
    return static_cast<int>(error.kind());
  }
  return 0;
}
