#include "commands/status.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "commands/host.hpp"
#include "commands/words.hpp"
#include "host/state_folder.hpp"
#include "install/originals.hpp"
#include "install/undo_table.hpp"
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
  return json::pretty(json::Object{{"installs", std::move(installs)}, {"steps", std::move(steps)}});
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
  return text + (journal.steps().empty() ? "nothing was installed here by bundle\n" : columns(rows));
}

}  // namespace

void status(Session& session) {
  host::Host host = this_host(session);
  const Journal journal(host.at(host::kJournalPath), Journal::Access::read);
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
  Journal journal(host.at(host::kJournalPath), Journal::Access::write);
  const std::vector<std::string> ids =
      steps::undo(host, journal, options.step, install::undo_table(),
                  options.force ? steps::Undermine::yes : steps::Undermine::no);
  if (options.all) {
    host::remove_payload(host);
    install::remove_needless_originals(host, journal);
  }
  session.print(ids.empty() ? "nothing was left to undo\n" : fmt::format("undone: {}\n", join(ids, ", ")));
}

}  // namespace bundle::commands
