#include "preflight/package_trial.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/entry.hpp"
#include "format/index.hpp"
#include "host/rpmdb.hpp"

namespace bundle::preflight {
namespace {

constexpr std::array kRepositories = {"signed", "by-index"};
constexpr std::string_view kSolution = "debugdata/rpms/solver.result";
constexpr std::uint64_t kSolutionLimitBytes = 64 << 20;
constexpr auto kTimeout = std::chrono::minutes(10);
/// Of what dnf and rpm say; the rest is the same again.
constexpr std::size_t kMaxLines = 12;

/// The lines that say what is wrong, without dnf's advice on options and its notes on the way.
std::string essence(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    const bool is_noise = line.empty() || line.starts_with("(try to add") || line == "Error:" ||
                          line.starts_with("Operation aborted") || line.starts_with("Last metadata");
    if (!is_noise && lines.size() < kMaxLines) {
      lines.emplace_back(line.substr(line.starts_with("- ") ? 2 : 0));
    }
  }
  return join(lines, "; ");
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

PackageTrial::PackageTrial(host::Host& host, const format::Index& index, const format::PartSet& parts)
    : host_(host), index_(index), parts_(parts), work_(host.at("/run")), rpmdb_(host, work_.path()) {
  extract_repositories();
}

void PackageTrial::extract_repositories() const {
  std::string file;
  for (const std::string name : kRepositories) {
    const std::string prefix = "rpms/" + name + "/repodata/";
    bool is_there = false;
    for (const format::Entry& entry : index_.entries) {
      if (entry.path.str().starts_with(prefix)) {
        format::extract_entry(parts_, entry, work_.path() / entry.path.str());
        is_there = true;
      }
    }
    if (is_there) {
      // The signed index covers metadata and packages alike, so that nothing is left for GPG to say here.
      file += fmt::format(
          "[bundle-{0}]\nname=bundle-{0}\nbaseurl=file://{1}/rpms/{0}\nenabled=1\ngpgcheck=0\n"
          "repo_gpgcheck=0\nmodule_hotfixes=1\nskip_if_unavailable=0\n",
          name, work_.path().string());
    }
  }
  make_folders(work_.path() / "repos.d");
  write_new_file(work_.path() / "repos.d/bundle.repo", file, 0600);
}

std::vector<std::string> PackageTrial::installed() const {
  return host::rpmdb_packages(host_, rpmdb_.folder());
}

TrialAnswer PackageTrial::ask_dnf(const std::vector<std::string>& nevras,
                                  const std::string& platform_id) const {
  const std::string folder = work_.path().string();
  write_file_atomically(
      work_.path() / "dnf.conf",
      fmt::format("[main]\nreposdir={0}/repos.d\ncachedir={0}/cache\nlogdir={0}/log\npersistdir={0}/persist\n"
                  "gpgcheck=0\nplugins=0\nbest=1\ninstall_weak_deps=0\nmodule_platform_id={1}\n",
                  folder, platform_id));
  std::vector<std::string> argv = {"dnf",
                                   "-c",
                                   folder + "/dnf.conf",
                                   "--noplugins",
                                   "--installroot=" + rpmdb_.root(),
                                   "--releasever=/",
                                   "--assumeno",
                                   "--debugsolver",
                                   "--quiet",
                                   "install"};
  argv.insert(argv.end(), nevras.begin(), nevras.end());
  const CommandResult result = host_.runner.run({.argv = std::move(argv),
                                                 .env = {{"HOME", folder}, {"TMPDIR", folder}},
                                                 .cwd = work_.path(),
                                                 .timeout = kTimeout});
  TrialAnswer answer;
  const std::filesystem::path solution = work_.path() / kSolution;
  // With --assumeno dnf ends with 1 in any case; only when it has found a solution does it get as far as
  // asking.
  const bool is_solved = result.status == 0 || result.err.find("Operation aborted") != std::string::npos;
  if (!is_solved) {
    answer.problem = essence(result.err);
    if (answer.problem.empty()) {
      answer.problem = fmt::format("dnf ended with {} and said nothing", result.status);
    }
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

std::string PackageTrial::test(const std::vector<std::string>& nevras) const {
  const std::string folder = work_.path().string();
  std::vector<std::string> argv = {"rpm",           "-U",          "--test",
                                   "--nosignature", "--noplugins", "--dbpath",
                                   rpmdb_.folder(), "--define",    "_tmppath " + folder};
  for (const std::string& nevra : nevras) {
    const format::Entry* entry = entry_of(nevra);
    if (entry == nullptr) {
      fail(ErrorKind::integrity, "the bundle's repositories have {}, which its index does not list", nevra);
    }
    const std::filesystem::path path = work_.path() / entry->path.str();
    format::extract_entry(parts_, *entry, path);
    argv.push_back(path.string());
  }
  const CommandResult result = host_.runner.run(
      {.argv = std::move(argv), .env = {{"HOME", folder}, {"TMPDIR", folder}}, .timeout = kTimeout});
  if (result.status == 0) {
    return {};
  }
  const std::string words = essence(result.err);
  return words.empty() ? fmt::format("rpm ended with {} and said nothing", result.status) : words;
}

}  // namespace bundle::preflight
