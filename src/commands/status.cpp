#include "commands/status.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "commands/host.hpp"
#include "commands/words.hpp"
#include "host/state_folder.hpp"
#include "install/originals.hpp"
#include "install/undo_table.hpp"
#include "leaving/parting.hpp"
#include "steps/executor.hpp"
#include "steps/journal.hpp"

namespace bundle::commands {
namespace {

using steps::Journal;
using steps::StepRecord;

std::string as_json(const Journal& journal) {
  json::Array installs;
  for (const steps::InstallRecord& record : journal.installs()) {
    installs.push_back(json::Object{{"at", format_utc(record.at)},
                                    {"bundle", record.bundle},
                                    {"index", record.index_sha256},
                                    {"node", record.node},
                                    {"roles", record.roles},
                                    {"version", record.version}});
  }
  json::Array steps;
  for (const StepRecord& step : journal.steps()) {
    steps.push_back(json::Object{{"at", format_utc(step.at)},
                                 {"error", step.error},
                                 {"seconds", step.seconds},
                                 {"state", to_string(step.state)},
                                 {"step", step.id}});
  }
  json::Object whole{{"installs", std::move(installs)}, {"steps", std::move(steps)}};
  if (!journal.unreadable().empty()) {
    json::Array unreadable;
    for (const steps::UnreadableRecord& record : journal.unreadable()) {
      unreadable.push_back(json::Object{{"line", record.line}, {"why", record.why}});
    }
    whole["unreadable"] = std::move(unreadable);
  }
  return json::pretty(whole);
}

std::string as_table(const Journal& journal) {
  std::string text;
  for (const steps::InstallRecord& record : journal.installs()) {
    text += fmt::format("{}  {} {} as {} ({})\n", format_utc(record.at), record.bundle, record.version,
                        record.node, record.roles);
  }
  std::vector<std::vector<std::string>> rows{{"step", "state", "took", "when", ""}};
  for (const StepRecord& step : journal.steps()) {
    const bool is_done = step.state == steps::StepState::done;
    rows.push_back({step.id, std::string(to_string(step.state)),
                    is_done ? fmt::format("{} s", step.seconds) : "", format_utc(step.at),
                    escaped(step.error.substr(0, step.error.find('\n')))});
  }
  if (journal.steps().empty()) {
    return text + (journal.unreadable().empty() ? "nothing was installed here by bundle\n" : "");
  }
  return text + columns(rows);
}

/// Names what cannot be read of the journal.
void warn_of_damage(const Session& session, const host::Host& host, const Journal& journal) {
  if (journal.unreadable().empty()) {
    return;
  }
  std::string lines;
  for (const steps::UnreadableRecord& record : journal.unreadable()) {
    lines += fmt::format("\n  line {}: {}", record.line, record.why);
  }
  session.log->warn(fmt::format("{} of {} cannot be read, and what it says is not known:{}",
                                count_words(journal.unreadable().size(), "record"),
                                host.at(host::kJournalPath).string(), lines));
}

/// After all was undone. What the lost records say may still be on the host, and so are the originals.
void put_damage_aside(const Session& session, const host::Host& host, Journal& journal) {
  const std::string aside = journal.put_aside();
  session.log->warn(
      fmt::format("what the unreadable records say was not undone. The journal is kept as {}, originals of "
                  "replaced files "
                  "are in {}/backup. A new installation may begin; a further `bundle undo --all` removes all "
                  "but journal and logs",
                  aside, host.at(host::kStateFolder).string()));
}

/// A host that is a node leaves its cluster with that; one that may not is refused before anything is undone.
std::vector<std::string> undo_steps(host::Host& host, Journal& journal, const UndoOptions& options) {
  std::vector<std::string> ids = steps::steps_to_undo(
      host, journal, options.step, options.force ? steps::Undermine::yes : steps::Undermine::no);
  const leaving::Parting parting =
      leaving::look(host, journal, ids, options.force ? leaving::Insist::yes : leaving::Insist::no);
  leaving::begin(host, parting);
  steps::undo_steps(host, journal, ids, install::undo_table(parting.fate));
  leaving::end(host, parting);
  return ids;
}

}  // namespace

void status(Session& session) {
  host::Host host = this_host(session);
  const Journal journal(host.at(host::kJournalPath), Journal::Access::read, Journal::Damage::pass_over);
  warn_of_damage(session, host, journal);
  session.print(session.output == OutputFormat::json ? as_json(journal) : as_table(journal));
}

void undo(Session& session, const UndoOptions& options) {
  if (options.all == !options.step.empty()) {
    throw Error(ErrorKind::usage, "say which step, or --all", "bundle status shows the steps");
  }
  host::Host host = this_host(session);
  if (!std::filesystem::exists(host.at(host::kJournalPath))) {
    throw Error(ErrorKind::usage, "nothing was installed here by bundle");
  }
  const AtWork at_work(session, host);
  Journal journal(host.at(host::kJournalPath), Journal::Access::write, Journal::Damage::pass_over);
  warn_of_damage(session, host, journal);
  const std::vector<std::string> ids = undo_steps(host, journal, options);
  if (options.all && !journal.unreadable().empty()) {
    put_damage_aside(session, host, journal);
  } else if (options.all) {
    host::remove_payload(host);
    install::remove_needless_originals(host, journal);
  }
  session.print(ids.empty() ? "nothing was left to undo\n" : fmt::format("undone: {}\n", join(ids, ", ")));
}

}  // namespace bundle::commands
