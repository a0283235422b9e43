#include "commands/install.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "base/text.hpp"
#include "cluster/free_networks.hpp"
#include "cluster/node.hpp"
#include "commands/host.hpp"
#include "commands/words.hpp"
#include "deliver/payload.hpp"
#include "format/index.hpp"
#include "format/parts.hpp"
#include "format/verified_index.hpp"
#include "format/verifier.hpp"
#include "install/plan.hpp"
#include "preflight/check.hpp"
#include "preflight/preflight.hpp"
#include "spec/versions.hpp"
#include "steps/executor.hpp"
#include "steps/journal.hpp"
#include "steps/step.hpp"

namespace bundle::commands {
namespace {

using steps::Journal;

std::vector<std::filesystem::path> folders_of(const InstallOptions& options) {
  return {options.folders.begin(), options.folders.end()};
}

void require_sound(Session& session, const format::Index& index, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    const std::string place = to_string(finding.position);
    session.log->warn((place.empty() ? "" : printable(place) + ": ") + printable(finding.message) +
                      (finding.hint.empty() ? "" : " (" + finding.hint + ")"));
  }
  if (!findings.empty()) {
    throw Error(ErrorKind::integrity,
                fmt::format("the bundle {} has {}; nothing was changed", index.base_name(),
                            count_words(findings.size(), "fault")),
                "copy it again from where it is whole");
  }
}

spec::Site site_of(const InstallOptions& options) {
  return options.site.empty() ? spec::Site{} : spec::load_site(options.site);
}

/// What both verbs work on: a verified bundle with its parts open, and what this host is in the site.
struct Opened {
  format::VerifiedIndex verified;
  format::PartSet parts;
  spec::Site site;
  cluster::ThisNode node;
};

/// Leaves out findings of parts that only other roles need; they may lie on a stick that stayed at home.
void forgive_unneeded_parts(Session& session, const format::Index& index, const format::PartSet& parts,
                            const spec::Roles& roles, std::vector<Finding>& findings) {
  const std::set<std::uint64_t> needed = deliver::needed_parts(index, parts, roles);
  for (std::uint64_t part = 0; part < index.parts.size(); ++part) {
    const std::string& name = index.parts[part].name;
    const auto erased =
        parts.has(part) || needed.contains(part) ? 0 : std::erase_if(findings, [&](const Finding& finding) {
          return std::filesystem::path(finding.position.file).filename() == name;
        });
    if (erased > 0) {
      session.log->info(name + " is not here, and not needed for this role");
    }
  }
}

Opened open_bundle(Session& session, const host::Host& host, const InstallOptions& options) {
  const format::Trust trust = load_trust(options.trust);
  const std::vector<std::filesystem::path> folders = folders_of(options);
  format::VerifiedIndex verified = verify_index(folders, trust);
  for (const std::string& file : unlisted_files(verified, folders)) {
    session.log->warn(printable(file) + " does not belong to the bundle; it was not read");
  }
  std::vector<Finding> findings = check_installer(verified, trust);
  format::PartSet parts(verified.index(), folders, findings);
  spec::Site site = cluster::with_free_networks(host, site_of(options));
  cluster::ThisNode node = cluster::find_this_node(host, site, options.roles);
  const std::vector<Finding> headers = check_headers(parts, verified.index());
  findings.insert(findings.end(), headers.begin(), headers.end());
  if (findings.empty() && options.verify_first) {
    findings = verify_payload(verified, folders, *session.progress,
                              std::max(2u, std::thread::hardware_concurrency()));
  } else if (!findings.empty() && !options.verify_first) {
    forgive_unneeded_parts(session, verified.index(), parts, node.roles, findings);
  }
  require_sound(session, verified.index(), findings);
  return {.verified = std::move(verified),
          .parts = std::move(parts),
          .site = std::move(site),
          .node = std::move(node)};
}

/// Whether a step of an earlier install is still there.
bool is_installed(const Journal& journal) {
  return std::any_of(journal.steps().begin(), journal.steps().end(),
                     [](const steps::StepRecord& step) { return step.state != steps::StepState::undone; });
}

void refuse_downgrade(const Journal& journal, const format::Index& index, const InstallOptions& options) {
  if (options.allow_downgrade || !is_installed(journal)) {
    return;
  }
  for (const steps::InstallRecord& earlier : journal.installs()) {
    if (earlier.bundle == index.name && spec::compare_versions(index.version, earlier.version) < 0) {
      throw Error(ErrorKind::integrity,
                  fmt::format("{} {} is older than {}, which was installed on {}", index.name, index.version,
                              earlier.version, format_utc(earlier.at)),
                  "--allow-downgrade installs it all the same");
    }
  }
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

std::vector<preflight::Check> look(host::Host& host, const Opened& opened, const Journal& journal,
                                   const InstallOptions& options) {
  return preflight::preflight(host, {.bundle = opened.verified,
                                     .parts = opened.parts,
                                     .site = opened.site,
                                     .node = opened.node,
                                     .allow_base_changes = options.allow_base_changes,
                                     .resuming = is_installed(journal)});
}

std::string duration(double seconds) { return fmt::format("{:.1f} s", seconds); }

std::string summary(const Opened& opened, const std::vector<steps::StepResult>& results, double seconds) {
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
             opened.verified.index().name, opened.verified.index().version);
}

/// Says once per version, roles and node that an installation began.
void record_install(Journal& journal, const host::Host& host, const Opened& opened) {
  const steps::InstallRecord record{.bundle = opened.verified.index().name,
                                    .version = opened.verified.index().version,
                                    .index_sha256 = opened.verified.sha256(),
                                    .roles = join({opened.node.roles.begin(), opened.node.roles.end()}, ","),
                                    .node = opened.node.name,
                                    .at = host.now()};
  if (journal.installs().empty() || journal.installs().back().index_sha256 != record.index_sha256 ||
      journal.installs().back().node != record.node || journal.installs().back().roles != record.roles) {
    journal.install(record);
  }
}

void show(Session& session, const std::vector<preflight::Check>& checks) {
  if (session.output == OutputFormat::table) {
    session.print(preflight::preflight_text(checks));
  } else {
    session.print(preflight::preflight_json(checks));
  }
}

steps::Plan plan_of(const host::Host& host, const Opened& opened) {
  return install::make_plan(
      host, {.bundle = opened.verified, .parts = opened.parts, .site = opened.site, .node = opened.node});
}

void run_plan(Session& session, host::Host& host, const Opened& opened) {
  Journal journal(journal_path(host), Journal::Access::write);
  record_install(journal, host, opened);
  const steps::Plan plan = plan_of(host, opened);
  const auto began = std::chrono::steady_clock::now();
  try {
    const std::vector<steps::StepResult> results = execute(host, plan, journal);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
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
  const Opened opened = open_bundle(session, host, options);
  const Journal journal(journal_path(host), Journal::Access::read);
  refuse_downgrade(journal, opened.verified.index(), options);
  const std::vector<preflight::Check> checks = look(host, opened, journal, options);
  show(session, checks);
  require_no_errors(checks);
}

void install(Session& session, const InstallOptions& options) {
  host::Host host = this_host(session);
  const Opened opened = open_bundle(session, host, options);
  Journal journal(journal_path(host), Journal::Access::read);
  refuse_downgrade(journal, opened.verified.index(), options);
  const std::vector<preflight::Check> checks = look(host, opened, journal, options);
  if (!checks.empty()) {
    session.log->warn("preflight of this host:\n" + preflight::preflight_text(checks));
  }
  if (options.dry_run) {
    session.print(steps::plan_text(plan_of(host, opened)));
    return;
  }
  require_no_errors(checks);
  run_plan(session, host, opened);
}

}  // namespace bundle::commands
