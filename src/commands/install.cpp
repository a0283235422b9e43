#include "commands/install.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "commands/host.hpp"
#include "commands/words.hpp"
#include "host/state_folder.hpp"
#include "install/history.hpp"
#include "install/opened.hpp"
#include "install/plan.hpp"
#include "preflight/preflight.hpp"
#include "steps/executor.hpp"

namespace bundle::commands {
namespace {

install::Opened open_bundle(const host::Host& host, const InstallOptions& options) {
  return install::open_bundle(host, {.folders = {options.folders.begin(), options.folders.end()},
                                     .site = options.site,
                                     .roles = options.roles,
                                     .trust = load_trust(options.trust),
                                     .verify_first = options.verify_first});
}

void require_no_errors(const std::vector<preflight::Check>& checks) {
  const auto errors =
      static_cast<std::size_t>(std::count_if(checks.begin(), checks.end(), [](const preflight::Check& check) {
        return check.severity == preflight::Severity::error;
      }));
  if (has_error(checks)) {
    const bool has_no_gpu = std::any_of(checks.begin(), checks.end(),
                                        [](const preflight::Check& check) { return check.id == "no-gpu"; });
    throw Error(has_no_gpu ? ErrorKind::no_gpu : ErrorKind::preflight,
                fmt::format("{} on this host; nothing was changed", count_words(errors, "obstacle")),
                "mend what is named above, then run the same command again");
  }
}

/// Refuses a downgrade and a bundle that took the place of the installed one, and finds all that stands in
/// the way.
std::vector<preflight::Check> look(host::Host& host, const install::Opened& opened,
                                   const InstallOptions& options) {
  const steps::Journal journal(host.at(host::kJournalPath), steps::Journal::Access::read);
  if (!options.allow_downgrade) {
    install::refuse_downgrade(journal, opened.index(), opened.verified.sha256());
  }
  return preflight::preflight(
      host, opened,
      {.allow_base_changes = options.allow_base_changes, .resuming = install::is_installed(journal)});
}

std::string duration(double seconds) { return fmt::format("{:.1f} s", seconds); }

std::string summary(const install::Opened& opened, const std::vector<steps::StepResult>& results,
                    double seconds) {
  std::vector<std::vector<std::string>> rows;
  std::size_t done = 0;
  for (const steps::StepResult& result : results) {
    const bool is_new = result.outcome == steps::StepResult::Outcome::done;
    done += is_new ? 1 : 0;
    rows.push_back({"  " + result.id, is_new ? duration(result.seconds) : "already done", result.title});
  }
  return fmt::format(
             "{}{} is a master of the cluster {} at https://{}: {} done, {} already done, {}\nnext: kubectl "
             "get nodes,pods -A\n",
             columns(rows), opened.node.name, opened.site.cluster_name, endpoint_of(opened.site, opened.node),
             count_words(done, "step"), results.size() - done, duration(seconds)) +
         fmt::format(
             "      (bundle {} {}; `bundle status` shows the journal, `bundle undo --all` takes everything "
             "back)\n",
             opened.index().name, opened.index().version);
}

void show(Session& session, const std::vector<preflight::Check>& checks) {
  if (session.output == OutputFormat::table) {
    session.print(preflight::preflight_text(checks));
  } else {
    session.print(preflight::preflight_json(checks));
  }
}

void run_plan(Session& session, host::Host& host, const install::Opened& opened) {
  steps::Journal journal(host.at(host::kJournalPath), steps::Journal::Access::write);
  install::record_install(journal, host, opened);
  const steps::Plan plan = install::make_plan(host, opened);
  const auto began = host.steady();
  try {
    const std::vector<steps::StepResult> results = execute(host, plan, journal);
    const double seconds = std::chrono::duration<double>(host.since(began)).count();
    session.print(summary(opened, results, seconds));
  } catch (Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      error.set_hint("run the same command again: it goes on where it stopped");
    }
    throw;
  }
}

}  // namespace

void preflight(Session& session, const InstallOptions& options) {
  host::Host host = this_host(session);
  const install::Opened opened = open_bundle(host, options);
  const std::vector<preflight::Check> checks = look(host, opened, options);
  show(session, checks);
  require_no_errors(checks);
}

void install(Session& session, const InstallOptions& options) {
  host::Host host = this_host(session);
  std::optional<AtWork> at_work;
  if (!options.dry_run) {
    at_work.emplace(session, host);
  }
  const install::Opened opened = open_bundle(host, options);
  const std::vector<preflight::Check> checks = look(host, opened, options);
  if (!checks.empty()) {
    session.log->warn("preflight of this host:\n" + preflight::preflight_text(checks));
  }
  if (options.dry_run) {
    session.print(steps::plan_text(install::make_plan(host, opened)));
    return;
  }
  require_no_errors(checks);
  run_plan(session, host, opened);
}

}  // namespace bundle::commands
