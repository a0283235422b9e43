#include "preflight/package_trial.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/entry.hpp"
#include "format/index.hpp"
#include "host/rpmdb.hpp"
#include "preflight/said.hpp"

namespace bundle::preflight {
namespace {

/// Of the bundle's entries: all that dnf wants before it wants a package.
constexpr std::array kMetadata = {"rpms/signed/repodata/", "rpms/by-index/repodata/", "rpms/keys/"};
constexpr std::string_view kSolution = "debugdata/rpms/solver.result";
constexpr std::uint64_t kSolutionLimitBytes = 64 << 20;
constexpr auto kTimeout = std::chrono::minutes(10);

/// How lines begin that say nothing of what is wrong: dnf's advice on options, its notes on the way, the
/// keys that it takes.
constexpr std::array kNoise = {
    "(try to add",   "Operation aborted", "Last metadata", "Unable to detect release",
    "Importing GPG", "Userid ",           "Fingerprint:",  "From "};

bool is_noise(std::string_view line) {
  return line == "Error:" || std::any_of(kNoise.begin(), kNoise.end(),
                                         [&](std::string_view noise) { return line.starts_with(noise); });
}

/// What is wrong, in one line.
std::string essence(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string_view line : said_lines(text, is_noise)) {
    lines.emplace_back(line.substr(line.starts_with("- ") ? 2 : 0));
  }
  return join(lines, "; ");
}

std::string words_of(std::string_view program, const CommandResult& result) {
  const std::string words = essence(result.err);
  return words.empty() ? fmt::format("{} ended with {} and said nothing", program, result.status) : words;
}

std::string without_origin(std::string_view word) { return std::string(word.substr(0, word.rfind('@'))); }

}  // namespace

void parse_solution(std::string_view text, TrialAnswer& answer) {
  constexpr std::string_view kInstalled = "@@System";
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() < 2 || words[0] == "problem") {
      continue;
    }
    std::string change(words[0]);
    bool is_base = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const bool is_installed = words[i].ends_with(kInstalled);
      is_base = is_base || is_installed;
      std::string nevra = is_installed ? std::string(words[i].substr(0, words[i].size() - kInstalled.size()))
                                       : without_origin(words[i]);
      change += (i == 1 ? " " : " with ") + nevra;
      const bool is_known =
          std::find(answer.installs.begin(), answer.installs.end(), nevra) != answer.installs.end();
      if (!is_installed && !is_known) {
        answer.installs.push_back(std::move(nevra));
      }
    }
    if (is_base) {
      answer.base_changes.push_back(std::move(change));
    }
  }
}

PackageTrial::PackageTrial(host::Host& host, const format::Index& index, const format::PartSet& parts,
                           std::string platform_id)
    : host_(host),
      index_(index),
      parts_(parts),
      work_(host.at("/run")),
      rpmdb_(host, work_.path()),
      platform_id_(std::move(platform_id)),
      folders_{.dnf = work_.path() / "dnf", .payload = work_.path()} {
  for (const format::Entry& entry : index_.entries) {
    for (const std::string_view prefix : kMetadata) {
      if (entry.path.str().starts_with(prefix)) {
        format::extract_entry(parts_, entry, work_.path() / entry.path.str());
      }
    }
  }
  make_folders(folders_.dnf);
  write_new_file(folders_.configuration_path(), deliver::dnf_configuration(folders_), 0600);
  write_new_file(folders_.repositories_path(), deliver::dnf_repositories(index_, folders_), 0600);
}

std::vector<std::string> PackageTrial::installed() const {
  return host::rpmdb_packages(host_, rpmdb_.folder());
}

CommandResult PackageTrial::run_dnf(const std::vector<std::string>& nevras,
                                    std::vector<std::string> options) const {
  // What follows from a root that has nothing but an rpmdb. dnf would look for reposdir inside it first, and
  // for a release (which no file of ours names) in the host's own rpmdb, beside which that writes.
  for (std::string option :
       {"--installroot=" + rpmdb_.root(), std::string("--releasever=0"), "--setopt=reposdir=" + folders_.dnf,
        "--setopt=module_platform_id=" + platform_id_, std::string("--quiet")}) {
    options.push_back(std::move(option));
  }
  return run(deliver::dnf_command(folders_, "install", nevras, options));
}

CommandResult PackageTrial::run(std::vector<std::string> argv) const {
  const std::string folder = work_.path().string();
  return host_.runner.run({.argv = std::move(argv),
                           .env = {{"HOME", folder}, {"TMPDIR", folder}},
                           .cwd = work_.path(),
                           .timeout = kTimeout});
}

TrialAnswer PackageTrial::ask_dnf(const std::vector<std::string>& nevras) const {
  const CommandResult result = run_dnf(nevras, {"--assumeno", "--debugsolver"});
  TrialAnswer answer;
  const std::filesystem::path solution = work_.path() / kSolution;
  // With --assumeno dnf ends with 1 in any case; only when it has found a solution does it get as far as
  // asking.
  const bool is_solved = result.status == 0 || result.err.find("Operation aborted") != std::string::npos;
  if (!is_solved) {
    answer.problem = words_of("dnf", result);
  } else if (std::filesystem::exists(solution)) {
    parse_solution(read_file(solution, kSolutionLimitBytes), answer);
  }
  return answer;
}

const format::Entry* PackageTrial::entry_of(const std::string& nevra) const {
  const auto found = std::find_if(index_.rpms.begin(), index_.rpms.end(),
                                  [&](const format::Rpm& package) { return package.nevra == nevra; });
  return found == index_.rpms.end() ? nullptr : index_.find_entry(found->path);
}

std::uint64_t PackageTrial::needed_bytes(const std::vector<std::string>& nevras) const {
  std::uint64_t total = 0;
  for (const std::string& nevra : nevras) {
    const format::Entry* entry = entry_of(nevra);
    total += entry == nullptr ? 0 : entry->size_bytes;
  }
  return total;
}

std::filesystem::path PackageTrial::path_of(const std::string& nevra) const {
  const format::Entry* entry = entry_of(nevra);
  if (entry == nullptr) {
    fail(ErrorKind::integrity, "the bundle's repositories have {}, which its index does not list", nevra);
  }
  return work_.path() / entry->path.str();
}

void PackageTrial::unpack(const std::vector<std::string>& nevras) const {
  for (const std::string& nevra : nevras) {
    const std::filesystem::path path = path_of(nevra);
    format::extract_entry(parts_, *entry_of(nevra), path);
  }
}

std::string PackageTrial::check_signatures(const std::vector<std::string>& nevras) const {
  const CommandResult result = run_dnf(nevras, {"--downloadonly"});
  return result.status == 0 ? std::string() : words_of("dnf", result);
}

std::string PackageTrial::test(const std::vector<std::string>& nevras) const {
  std::vector<std::string> argv = {"rpm",      "-U",
                                   "--test",   "--noplugins",
                                   "--dbpath", rpmdb_.folder(),
                                   "--define", "_tmppath " + work_.path().string()};
  for (const std::string& nevra : nevras) {
    argv.push_back(path_of(nevra).string());
  }
  const CommandResult result = run(std::move(argv));
  return result.status == 0 ? std::string() : words_of("rpm", result);
}

}  // namespace bundle::preflight
