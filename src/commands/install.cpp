#include "commands/install.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "bundle/verifier.hpp"
#include "commands/host.hpp"
#include "commands/words.hpp"
#include "install/executor.hpp"
#include "install/networks.hpp"
#include "install/plan.hpp"
#include "install/preflight.hpp"
#include "spec/versions.hpp"

namespace bundle::commands {
namespace {

using install::Journal;

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

/// A verified bundle with its parts open: what comes before the first look at the host.
struct OpenBundle {
  format::VerifiedIndex verified;
  format::PartSet parts;
};

OpenBundle open_bundle(Session& session, const InstallOptions& options) {
  const format::Trust trust = load_trust(options.trust);
  const std::vector<std::filesystem::path> folders = folders_of(options);
  format::VerifiedIndex verified = verify_index(folders, trust);
  for (const std::string& file : unlisted_files(verified, folders)) {
    session.log->warn(printable(file) + " does not belong to the bundle; it was not read");
  }
  std::vector<Finding> findings = check_installer(verified, trust);
  format::PartSet parts(verified.index(), folders, findings);
  if (findings.empty()) {
    findings = check_headers(parts, verified.index());
  }
  if (findings.empty() && options.verify_first) {
    findings = verify_payload(verified, folders, *session.progress,
                              std::max(2u, std::thread::hardware_concurrency()));
  }
  require_sound(session, verified.index(), findings);
  return {.verified = std::move(verified), .parts = std::move(parts)};
}

spec::Site site_of(const InstallOptions& options) {
  return options.site.empty() ? spec::Site{} : spec::load_site(options.site);
}

/// Whether a step of an earlier install is still there.
bool is_installed(const Journal& journal) {
  return std::any_of(journal.steps().begin(), journal.steps().end(), [](const install::StepRecord& step) {
    return step.state != install::StepState::undone;
  });
}

void refuse_downgrade(const Journal& journal, const format::Index& index, const InstallOptions& options) {
  if (options.allow_downgrade || !is_installed(journal)) {
    return;
  }
  for (const install::InstallRecord& earlier : journal.installs()) {
    if (earlier.bundle == index.name && spec::compare_versions(index.version, earlier.version) < 0) {
      throw Error(ErrorKind::integrity,
                  fmt::format("{} {} is older than {}, which was installed on {}", index.name, index.version,
                              earlier.version, format_utc(earlier.at)),
                  "--allow-downgrade installs it all the same");
    }
  }
}

void require_no_errors(const std::vector<install::Check>& checks) {
  const auto errors =
      static_cast<std::size_t>(std::count_if(checks.begin(), checks.end(), [](const install::Check& check) {
        return check.severity == install::Severity::error;
      }));
  if (has_error(checks)) {
    const bool has_no_gpu = std::any_of(checks.begin(), checks.end(),
                                        [](const install::Check& check) { return check.id == "no-gpu"; });
    throw Error(has_no_gpu ? ErrorKind::no_gpu : ErrorKind::preflight,
                fmt::format("{} on this host; nothing was changed", count_words(errors, "obstacle")),
                "mend what is named above, then run the same command again");
  }
}

struct Found {
  spec::Site site;
  install::ThisNode node;
  std::vector<install::Check> checks;
};

Found look(install::Host& host, const OpenBundle& bundle, const Journal& journal,
           const InstallOptions& options) {
  Found found{.site = with_free_networks(host, site_of(options)), .node = {}, .checks = {}};
  found.node = find_this_node(host, found.site, options.roles);
  found.checks = install::preflight(host, {.bundle = bundle.verified,
                                           .parts = bundle.parts,
                                           .site = found.site,
                                           .node = found.node,
                                           .allow_base_changes = options.allow_base_changes,
                                           .resuming = is_installed(journal)});
  return found;
}

std::string duration(double seconds) { return fmt::format("{:.1f} s", seconds); }

std::string summary(const Found& found, const format::Index& index,
                    const std::vector<install::StepResult>& results, double seconds) {
  std::vector<std::vector<std::string>> rows;
  std::size_t done = 0;
  for (const install::StepResult& result : results) {
    const bool is_new = result.outcome == install::StepResult::Outcome::done;
    done += is_new ? 1 : 0;
    rows.push_back({"  " + result.id, is_new ? duration(result.seconds) : "already done", result.title});
  }
  return fmt::format(
             "{}{} is a master of the cluster {} at https://{}: {} done, {} already done, {}\nnext: kubectl "
             "get nodes,pods -A\n",
             columns(rows), found.node.name, found.site.cluster_name, endpoint_of(found.site, found.node),
             count_words(done, "step"), results.size() - done, duration(seconds)) +
         fmt::format(
             "      (bundle {} {}; `bundle status` shows the journal, `bundle undo --all` takes everything "
             "back)\n",
             index.name, index.version);
}

/// Says once per version, roles and node that an installation began.
void record_install(Journal& journal, const install::Host& host, const OpenBundle& bundle,
                    const Found& found) {
  const format::Index& index = bundle.verified.index();
  const install::InstallRecord record{.bundle = index.name,
                                      .version = index.version,
                                      .index_sha256 = bundle.verified.sha256(),
                                      .roles = join({found.node.roles.begin(), found.node.roles.end()}, ","),
                                      .node = found.node.name,
                                      .at = host.now()};
  if (journal.installs().empty() || journal.installs().back().index_sha256 != record.index_sha256 ||
      journal.installs().back().node != record.node || journal.installs().back().roles != record.roles) {
    journal.install(record);
  }
}

void show(Session& session, const std::vector<install::Check>& checks) {
  if (session.output == OutputFormat::table) {
    session.print(install::preflight_text(checks));
  } else {
    session.print(install::preflight_json(checks));
  }
}

}  // namespace

void preflight(Session& session, const InstallOptions& options) {
  const OpenBundle bundle = open_bundle(session, options);
  install::Host host = this_host(session);
  const Journal journal(journal_path(host), Journal::Access::read);
  refuse_downgrade(journal, bundle.verified.index(), options);
  const Found found = look(host, bundle, journal, options);
  show(session, found.checks);
  require_no_errors(found.checks);
}

void install(Session& session, const InstallOptions& options) {
  const OpenBundle bundle = open_bundle(session, options);
  install::Host host = this_host(session);
  {
    const Journal journal(journal_path(host), Journal::Access::read);
    refuse_downgrade(journal, bundle.verified.index(), options);
  }
  Journal look_journal(journal_path(host), Journal::Access::read);
  const Found found = look(host, bundle, look_journal, options);
  if (!found.checks.empty()) {
    session.log->warn("preflight of this host:\n" + install::preflight_text(found.checks));
  }
  if (options.dry_run) {
    const install::Plan plan = make_plan(host, {.bundle = bundle.verified,
                                                .parts = bundle.parts,
                                                .journal = look_journal,
                                                .site = found.site,
                                                .node = found.node});
    session.print(install::plan_text(plan));
    return;
  }
  require_no_errors(found.checks);
  Journal journal(journal_path(host), Journal::Access::write);
  record_install(journal, host, bundle, found);
  const install::Plan plan = make_plan(host, {.bundle = bundle.verified,
                                              .parts = bundle.parts,
                                              .journal = journal,
                                              .site = found.site,
                                              .node = found.node});
  const auto began = std::chrono::steady_clock::now();
  try {
    const std::vector<install::StepResult> results = execute(host, plan, journal);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    session.print(summary(found, bundle.verified.index(), results, seconds));
  } catch (Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      error.set_hint("run the same command again: it goes on where it stopped");
    }
    throw;
  }
}

}  // namespace bundle::commands
