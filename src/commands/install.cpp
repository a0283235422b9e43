#include "commands/install.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/room.hpp"
#include "commands/host.hpp"
#include "commands/words.hpp"
#include "host/state_folder.hpp"
#include "install/history.hpp"
#include "install/opened.hpp"
#include "install/plan.hpp"
#include "nodes/mark_nodes.hpp"
#include "preflight/preflight.hpp"
#include "signing/join_key.hpp"
#include "signing/passphrase.hpp"
#include "steps/executor.hpp"

namespace bundle::commands {
namespace {

/// Reads the join file and opens its key, asking for the passphrase, before anything else takes time.
void read_join_files(const InstallOptions& options, install::OpenRequest& request) {
  if (options.join.empty()) {
    if (!options.join_key.empty()) {
      throw Error(ErrorKind::usage, "--join-key goes with --join", "--join join.yml --join-key JOIN.key");
    }
    return;
  }
  request.join = spec::load_join(options.join);
  if (!options.join_key.empty()) {
    const std::string text = signing::join_key_text(options.join_key);
    request.certificate_key = signing::open_certificate_key(
        text, signing::read_passphrase(options.passphrase_file, "passphrase of " + options.join_key),
        request.join->cluster_id, options.join_key);
  }
}

install::Opened open_bundle(const host::Host& host, const InstallOptions& options) {
  install::OpenRequest request{.folders = {options.folders.begin(), options.folders.end()},
                               .site = options.site,
                               .roles = options.roles,
                               .trust = load_trust(options.trust),
                               .verify_first = options.verify_first};
  read_join_files(options, request);
  return install::open_bundle(host, request);
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
  return preflight::preflight(host, opened,
                              {.allow_base_changes = options.allow_base_changes,
                               .allow_no_gpu = options.allow_no_gpu,
                               .resuming = install::is_installed(journal)});
}

std::string duration(double seconds) { return fmt::format("{:.1f} s", seconds); }

/// Which marks of this node a master has to set.
std::string denied_words(const host::Host& host, const install::Opened& opened) {
  const std::vector<std::string> denied = nodes::denied_marks(host, nodes::marks_of(opened.node));
  return denied.empty() ? std::string()
                        : fmt::format(
                              "pending: {}: a node may not change these itself\n"
                              "         on a master, with the same site file: bundle install DIR --site "
                              "site.yml\n",
                              join(denied, ", "));
}

/// What a run on this host left for later, and how it comes about.
std::string pending_words(const host::Host& host, const install::Opened& opened) {
  if (!opened.node.roles.contains("master")) {
    return denied_words(host, opened);
  }
  if (!install::applies_components(opened)) {
    return {};
  }
  std::string text;
  for (const cluster::Pending& one :
       cluster::pending_charts(opened.index(), cluster::room_now(host, opened.site, opened.node))) {
    text += fmt::format("pending: {}, until there is {}\n", one.id, one.wants);
  }
  return text.empty() ? text : text + "         then the same command on this master installs it\n";
}

/// The command that brings the next host of the site.
std::string next_host_words(const install::Opened& opened) {
  if (!opened.node.roles.contains("master") || opened.site.nodes.size() < 2) {
    return {};
  }
  return "next host: bundle join-info --role master|worker|gpu here; bring join.yml (and JOIN.key) to it, "
         "then "
         "there:\n           bundle install DIR --site site.yml --join join.yml [--join-key JOIN.key]\n";
}

std::string summary(const host::Host& host, const install::Opened& opened,
                    const std::vector<steps::StepResult>& results, double seconds) {
  std::vector<std::vector<std::string>> rows;
  std::size_t done = 0;
  for (const steps::StepResult& result : results) {
    const bool is_new = result.outcome == steps::StepResult::Outcome::done;
    done += is_new ? 1 : 0;
    rows.push_back({"  " + result.id, is_new ? duration(result.seconds) : "already done", result.title});
  }
  const bool is_master = opened.node.roles.contains("master");
  return fmt::format("{}{} is a {} of the cluster {} at https://{}: {} done, {} already done, {}\n{}",
                     columns(rows), opened.node.name, is_master ? "master" : "node", opened.site.cluster_name,
                     endpoint_of(opened.site, opened.node), count_words(done, "step"), results.size() - done,
                     duration(seconds), is_master ? "next: kubectl get nodes,pods -A\n" : "") +
         pending_words(host, opened) + next_host_words(opened) +
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
    session.print(summary(host, opened, results, seconds));
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
