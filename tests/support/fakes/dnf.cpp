#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/fakes/rpmdb.hpp"

// dnf: `install` and `reinstall` of what the repositories have.

namespace bundle::test {

CommandResult FakeRpmdb::reply_dnf(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {"-c"});
  const std::set<std::string_view> allowed{"-y",     "--noplugins",   "--setopt",     "--disableexcludes",
                                           "--best", "--disablerepo", "--enablerepo", "-c"};
  if (!arguments.has("-y") || arguments.words.size() < 2) {
    return refuse(command);  // it would ask, and nobody is there
  }
  if (arguments.has("--installroot")) {
    return try_install(command, arguments);
  }
  if (arguments.are({"install"}, allowed)) {
    return install_all(arguments);
  }
  return arguments.are({"reinstall"}, allowed) ? reinstall_all(arguments) : refuse(command);
}

/// In a root of its own, which is a copy of the database: it solves, or looks at the packages, and leaves all
/// as it is.
CommandResult FakeRpmdb::try_install(const Command& command, const Arguments& arguments) {
  const std::set<std::string_view> allowed{
      "-y",           "--noplugins", "--setopt",      "--disableexcludes", "-c", "--quiet", "--installroot",
      "--releasever", "--assumeno",  "--debugsolver", "--downloadonly"};
  if (!arguments.are({"install"}, allowed)) {
    return refuse(command);
  }
  if (!transaction_error.empty()) {
    return failed(1, transaction_error + "\n");
  }
  return arguments.has("--downloadonly") ? CommandResult{} : failed(1, "Operation aborted.\n");
}

/// By `excludepkgs` of the configuration that holds. Source: dnf.conf(5).
bool FakeRpmdb::is_excluded(const std::string& name, const Arguments& arguments) const {
  if (arguments.value("--disableexcludes") == "all") {
    return false;
  }
  const std::string path = arguments.has("-c") ? arguments.value("-c") : "/etc/dnf/dnf.conf";
  constexpr std::string_view kKey = "excludepkgs=";
  const std::string text = host_.read(path).value_or("");
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with(kKey)) {
      const auto names = split(line.substr(kKey.size()), ',');
      return std::find(names.begin(), names.end(), name) != names.end();
    }
  }
  return false;
}

/// What a package needs comes before it.
void FakeRpmdb::add_needed(const std::string& nevra, std::vector<std::string>& transaction) const {
  if (installed.contains(nevra) ||
      std::find(transaction.begin(), transaction.end(), nevra) != transaction.end()) {
    return;
  }
  for (const std::string& need : available.at(nevra).needs) {
    if (const std::optional<std::string> found = find(available, need); found && !find(installed, need)) {
      add_needed(*found, transaction);
    }
  }
  transaction.push_back(nevra);
}

/// A cut in the middle leaves a package in the database of which no file is on disk: rpm syncs the one, not
/// the others.
CommandResult FakeRpmdb::install_all(const Arguments& arguments) {
  std::vector<std::string> transaction;
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    std::optional<std::string> found = find(available, arguments.words[i]);
    if (found && is_excluded(parse_nevra(*found).name, arguments)) {
      found.reset();
    }
    if (!found && !find(installed, arguments.words[i])) {
      return failed(1, fmt::format("Error: Unable to find a match: {}\n", arguments.words[i]));
    }
    if (found) {
      add_needed(*found, transaction);
    }
  }
  if (transaction.empty()) {
    return said("Nothing to do.\nComplete!\n");
  }
  if (!transaction_error.empty()) {
    return failed(1, transaction_error + "\n");
  }
  keys.insert(imported_keys.begin(), imported_keys.end());
  for (std::size_t i = 0; i < transaction.size(); ++i) {
    const std::string& nevra = transaction[i];
    const std::optional<std::string> other = find(installed, parse_nevra(nevra).name);
    installed[nevra] = available.at(nevra);
    if (i == transaction.size() / 2) {
      midway();
    }
    install(nevra, available.at(nevra));
    if (other) {
      erase_replaced(*other, nevra);
    }
  }
  after_transaction();
  return said("Complete!\n");
}

/// Of an upgraded package those files go that the new one does not have.
void FakeRpmdb::erase_replaced(const std::string& nevra, const std::string& by) {
  for (const auto& [path, content] : installed.at(nevra).files) {
    if (!installed.at(by).files.contains(path)) {
      host_.remove(path);
    }
  }
  installed.erase(nevra);
}

CommandResult FakeRpmdb::reinstall_all(const Arguments& arguments) {
  std::vector<std::string> transaction;
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    const std::optional<std::string> nevra = find(installed, arguments.words[i]);
    if (!nevra || !available.contains(*nevra)) {
      return failed(1, fmt::format("No match for argument: {}\nError: No packages marked for reinstall.\n",
                                   arguments.words[i]));
    }
    transaction.push_back(*nevra);
  }
  for (std::size_t i = 0; i < transaction.size(); ++i) {
    if (i == transaction.size() / 2) {
      midway();
    }
    install(transaction[i], available.at(transaction[i]));
  }
  after_transaction();
  return said("Complete!\n");
}

}  // namespace bundle::test
