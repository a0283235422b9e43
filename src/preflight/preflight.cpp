#include "preflight/preflight.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {
namespace {

std::string block(const Check& check) {
  return fmt::format("{:<8} {}: {}\n{:>8} {}\n", to_string(check.severity), check.id, printable(check.seen),
                     "fix:", printable(check.fix));
}

}  // namespace

std::string_view to_string(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::vector<Check> preflight(host::Host& host, const cluster::Opened& opened, const Options& options) {
  Inspection inspection{.host = host,
                        .index = opened.index(),
                        .parts = &opened.parts,
                        .site = opened.site,
                        .node = opened.node,
                        .allow_base_changes = options.allow_base_changes,
                        .resuming = options.resuming,
                        .allow_no_gpu = options.allow_no_gpu,
                        .joins = opened.joins,
                        .join = opened.join ? &*opened.join : nullptr,
                        .certificate_key = opened.certificate_key,
                        .index_sha256 = opened.verified.sha256()};
  for (const auto& group : {bundle_checks, join_checks, time_checks, machine_checks, kernel_checks,
                            network_checks, proxy_checks, listener_checks, runtime_checks, gpu_checks,
                            disk_checks, package_checks, values_checks, judge_checks}) {
    run_checks(inspection, group());
  }
  return std::move(inspection.found);
}

bool has_error(const std::vector<Check>& checks) {
  return std::any_of(checks.begin(), checks.end(),
                     [](const Check& check) { return check.severity == Severity::error; });
}

std::string preflight_text(const std::vector<Check>& checks) {
  std::string text;
  std::size_t errors = 0;
  for (const Severity severity : {Severity::error, Severity::warning}) {
    for (const Check& check : checks) {
      if (check.severity == severity) {
        text += block(check);
        errors += severity == Severity::error ? 1 : 0;
      }
    }
  }
  if (checks.empty()) {
    return "preflight: this host is ready\n";
  }
  return text + fmt::format("preflight: {}, {}{}\n", count_words(errors, "error"),
                            count_words(checks.size() - errors, "warning"),
                            errors == 0 ? ": this host is ready" : "");
}

std::string preflight_json(const std::vector<Check>& checks) {
  json::Array rows;
  for (const Check& check : checks) {
    rows.push_back(json::Object{
        {"fix", check.fix}, {"id", check.id}, {"seen", check.seen}, {"severity", to_string(check.severity)}});
  }
  return json::pretty(rows);
}

}  // namespace bundle::preflight
