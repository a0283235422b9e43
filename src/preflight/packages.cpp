#include <algorithm>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "deliver/packages.hpp"
#include "host/facts.hpp"
#include "preflight/inspection.hpp"
#include "preflight/package_trial.hpp"

namespace bundle::preflight {
namespace {

/// What stays for everybody else while packages lie in memory.
constexpr std::uint64_t kReserveBytes = 256ull << 20;
constexpr std::string_view kFactsFix =
    "bundle facts -o facts.json; carry it back and build with target: {base: facts.json}";

void report_base_changes(Inspection& look, const TrialAnswer& answer) {
  if (answer.base_changes.empty()) {
    return;
  }
  Check check{
      .id = "base-change",
      .severity = look.allow_base_changes ? Severity::warning : Severity::error,
      .seen = fmt::format("the installation changes packages of this host, which cannot be undone: {}",
                          join(answer.base_changes, ", ")),
      .fix = fmt::format("agree with --allow-base-changes, or: {}", kFactsFix)};
  look.found.push_back(std::move(check));
}

void test_transaction(Inspection& look, const PackageTrial& trial, const TrialAnswer& answer) {
  const std::uint64_t needed = trial.needed_bytes(answer.installs) + kReserveBytes;
  const std::uint64_t available =
      std::min(free_space_bytes(trial.folder()), host::available_memory_bytes(look.host));
  if (needed > available) {
    look.warning(
        "transaction-untested",
        fmt::format("rpm's test of the transaction was left out: it takes {} of memory, {} are available",
                    format_size(needed), format_size(available)),
        "end programs that this host does not need, or go on: dnf makes the same test when it installs");
    return;
  }
  if (const std::string words = trial.test(answer.installs); !words.empty()) {
    look.error("rpm-transaction",
               fmt::format("rpm would refuse the bundle's packages on this host: {}", words),
               fmt::format("dnf remove what stands in the way; or: {}", kFactsFix));
  }
}

void check_packages(Inspection& look) {
  if (look.parts == nullptr || deliver::packages_to_request(look.index, look.node.roles).empty()) {
    return;
  }
  const PackageTrial trial(look.host, look.index, *look.parts);
  const std::vector<std::string> lacking =
      deliver::packages_lacking(look.index, look.node.roles, trial.installed());
  if (lacking.empty()) {
    return;
  }
  const TrialAnswer answer = trial.ask_dnf(lacking, look.os.platform_id);
  if (!answer.problem.empty()) {
    look.error(
        "packages-unsolvable",
        fmt::format("dnf finds no way to install the bundle's packages on this host: {}", answer.problem),
        fmt::format("dnf remove what stands in the way; or: {}", kFactsFix));
    return;
  }
  report_base_changes(look, answer);
  test_transaction(look, trial, answer);
}

}  // namespace

std::vector<NamedCheck> package_checks() { return {{"the packages", check_packages}}; }

}  // namespace bundle::preflight
