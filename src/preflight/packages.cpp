#include <algorithm>
#include <array>

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

/// Lines of the host that keep packages from its own dnf, `FILE:LINE: TEXT` each: excludes and includes of
/// the main section, and what the versionlock plugin holds. Source: dnf.conf(5), dnf-versionlock(8).
std::vector<std::string> excluding_lines(const host::Host& host) {
  constexpr std::string_view kConfiguration = "/etc/dnf/dnf.conf";
  constexpr std::string_view kLocks = "/etc/dnf/plugins/versionlock.list";
  constexpr std::array kKeys = {"exclude", "excludepkgs", "includepkgs"};
  std::vector<std::string> found;
  for (const std::string_view file : {kConfiguration, kLocks}) {
    const std::string text = host.read(file).value_or("");
    bool is_main = true;
    std::size_t number = 0;
    for (const std::string_view raw : split(text, '\n')) {
      const std::string_view line = trim(raw);
      ++number;
      is_main = line.starts_with('[') ? line == "[main]" : is_main;
      const std::size_t equals = line.find('=');
      const bool excludes =
          is_main && equals != std::string_view::npos && equals + 1 < line.size() &&
          std::find(kKeys.begin(), kKeys.end(), trim(line.substr(0, equals))) != kKeys.end();
      const bool locks = file == kLocks && !line.empty() && !line.starts_with('#');
      if (excludes || locks) {
        found.push_back(fmt::format("{}:{}: {}", file, number, escaped(line, 120)));
      }
    }
  }
  return found;
}

void report_excludes(Inspection& look) {
  if (const std::vector<std::string> lines = excluding_lines(look.host); !lines.empty()) {
    look.warning(
        "dnf-excludes",
        fmt::format("excludes are switched off for the installation, since the bundle's signed index "
                    "says what is installed; this host has {}",
                    join(lines, ", ")),
        "leave them: they keep a later dnf upgrade off these packages");
  }
}

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

void test_transaction(Inspection& look, const PackageTrial& trial, const std::vector<std::string>& lacking,
                      const TrialAnswer& answer) {
  const std::uint64_t needed = trial.needed_bytes(answer.installs) + kReserveBytes;
  const std::uint64_t available =
      std::min(free_space_bytes(trial.folder()), host::available_memory_bytes(look.host));
  if (needed > available) {
    look.warning(
        "transaction-untested",
        fmt::format(
            "the test of signatures and transaction was left out: it takes {} of memory, {} are available",
            format_size(needed), format_size(available)),
        "end programs that this host does not need, or go on: dnf makes the same tests when it installs");
    return;
  }
  trial.unpack(answer.installs);
  if (const std::string words = trial.check_signatures(lacking); !words.empty()) {
    look.error("package-signatures",
               fmt::format("dnf would refuse the bundle's packages on this host: {}", words),
               "see what this host takes (update-crypto-policies --show, rpm --eval %_pkgverify_level), and "
               "build the bundle for such a target");
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
  const PackageTrial trial(look.host, look.index, *look.parts, look.os.platform_id);
  const std::vector<std::string> lacking =
      deliver::packages_lacking(look.index, look.node.roles, trial.installed());
  if (lacking.empty()) {
    return;
  }
  report_excludes(look);
  const TrialAnswer answer = trial.ask_dnf(lacking);
  if (!answer.problem.empty()) {
    look.error(
        "packages-unsolvable",
        fmt::format("dnf finds no way to install the bundle's packages on this host: {}", answer.problem),
        fmt::format("dnf remove what stands in the way; or: {}", kFactsFix));
    return;
  }
  report_base_changes(look, answer);
  test_transaction(look, trial, lacking, answer);
}

}  // namespace

std::vector<NamedCheck> package_checks() { return {{"the packages", check_packages}}; }

}  // namespace bundle::preflight
