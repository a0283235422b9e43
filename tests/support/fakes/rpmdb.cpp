#include "support/fakes/rpmdb.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

// What both programs share, and rpm.

namespace bundle::test {
namespace {

std::string without_epoch(const std::string& nevra) {
  const Nevra parts = parse_nevra(nevra);
  return fmt::format("{}-{}-{}.{}", parts.name, parts.version, parts.release, parts.arch);
}

/// Source: rpm-queryformat(7), as far as we write it: %{TAG}, %|EPOCH?{A}:{B}|, \n.
std::string formatted(std::string text, const Nevra& nevra) {
  text = replace_all(text, "%|EPOCH?{%{EPOCH}:}:{}|", nevra.epoch.empty() ? "" : nevra.epoch + ":");
  text = replace_all(text, "%{NAME}", nevra.name);
  text = replace_all(text, "%{EPOCHNUM}", nevra.epoch.empty() ? "0" : nevra.epoch);
  text = replace_all(text, "%{VERSION}", nevra.version);
  text = replace_all(text, "%{RELEASE}", nevra.release);
  text = replace_all(text, "%{ARCH}", nevra.arch.empty() ? "(none)" : nevra.arch);
  return replace_all(text, "\\n", "\n");
}

/// A key is a package without an architecture.
Nevra parse_key(const std::string& key) {
  const std::size_t release = key.rfind('-');
  const std::size_t version = key.rfind('-', release - 1);
  return {.name = key.substr(0, version),
          .version = key.substr(version + 1, release - version - 1),
          .release = key.substr(release + 1)};
}

}  // namespace

Nevra parse_nevra(const std::string& nevra) {
  const std::size_t arch = nevra.rfind('.');
  const std::size_t release = nevra.rfind('-', arch);
  if (arch == std::string::npos || release == std::string::npos || release == 0) {
    return {.name = nevra};
  }
  const std::size_t version = nevra.rfind('-', release - 1);
  if (version == std::string::npos) {
    return {.name = nevra};
  }
  Nevra parts{.name = nevra.substr(0, version),
              .version = nevra.substr(version + 1, release - version - 1),
              .release = nevra.substr(release + 1, arch - release - 1),
              .arch = nevra.substr(arch + 1)};
  if (const std::size_t colon = parts.version.find(':'); colon != std::string::npos) {
    parts.epoch = parts.version.substr(0, colon);
    parts.version.erase(0, colon + 1);
  }
  return parts;
}

void FakeRpmdb::answer(FakeRunner& runner) {
  on(runner, {"rpm"}, [this](const Command& command) { return reply_rpm(command); });
  on(runner, {"dnf"}, [this](const Command& command) { return reply_dnf(command); });
}

void FakeRpmdb::describe(WorldState& state) const {
  for (const auto& [nevra, package] : installed) {
    state["rpm " + nevra] = "installed";
  }
  for (const std::string& key : keys) {
    state["rpm " + key] = "trusted";
  }
}

/// By NEVRA, by N-V-R.A or by name.
std::optional<std::string> FakeRpmdb::find(const Packages& packages, const std::string& wanted) const {
  for (const auto& [nevra, package] : packages) {
    if (nevra == replace_all(wanted, "-0:", "-") || without_epoch(nevra) == wanted ||
        parse_nevra(nevra).name == wanted) {
      return nevra;
    }
  }
  return std::nullopt;
}

void FakeRpmdb::install(const std::string& nevra, const Package& package) {
  for (const auto& [path, content] : package.files) {
    // What an administrator has changed stays.
    const std::optional<std::string> there = host_.read(path);
    const bool stays = package.configs.contains(path) && there && *there != content;
    host_.write(stays ? path + ".rpmnew" : path, content);
  }
  installed[nevra] = package;
}

void FakeRpmdb::erase(const std::string& nevra) {
  const Package package = installed.at(nevra);
  for (const auto& [path, content] : package.files) {
    const std::optional<std::string> there = host_.read(path);
    if (package.configs.contains(path) && there && *there != content) {
      host_.write(path + ".rpmsave", *there);
    }
    host_.remove(path);
  }
  installed.erase(nevra);
}

CommandResult FakeRpmdb::reply_rpm(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {"--eval", "--qf", "--queryformat", "--dbpath"});
  if (arguments.are({}, {"--eval"}) && arguments.value("--eval") == "%{_dbpath}") {
    return said(folder + "\n");
  }
  if (arguments.are({}, {"-q", "-qa", "--qf", "--dbpath"}) && (arguments.has("-q") || arguments.has("-qa"))) {
    return query(command, arguments);
  }
  if (arguments.are({}, {"-qpl", "--nosignature", "--nodigest"}) && arguments.has("-qpl")) {
    return list_files(arguments);
  }
  if (arguments.are({}, {"-V", "--nodeps", "--noscripts"}) && arguments.has("-V")) {
    return verify(arguments);
  }
  const bool erases = arguments.are({}, {"-e", "--allmatches", "--nodeps"}) && arguments.has("-e");
  return erases && !arguments.words.empty() ? erase_all(arguments) : refuse(command);
}

/// Keys are packages of the name gpg-pubkey.
CommandResult FakeRpmdb::query(const Command& command, const Arguments& arguments) {
  const bool is_all = arguments.has("-qa");
  if (is_all != arguments.words.empty()) {
    return refuse(command);
  }
  const std::string format =
      arguments.has("--qf") ? arguments.value("--qf") : "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n";
  CommandResult result;
  if (is_all || arguments.words[0] == "gpg-pubkey") {
    for (const std::string& key : keys) {
      result.out += formatted(format, parse_key(key));
    }
  }
  for (const auto& [nevra, package] : installed) {
    result.out += is_all ? formatted(format, parse_nevra(nevra)) : "";
  }
  for (const std::string& word : arguments.words) {
    if (word == "gpg-pubkey" && !keys.empty()) {
      continue;
    }
    const std::optional<std::string> nevra = find(installed, word);
    result.status = nevra ? result.status : 1;
    result.out += nevra ? formatted(format, parse_nevra(*nevra)) : "package " + word + " is not installed\n";
  }
  return result.out.find("%{") == std::string::npos ? result : refuse(command);
}

/// Files are matched with the packages that repositories have by their names. The paths are the machine's
/// own, not the host's.
CommandResult FakeRpmdb::list_files(const Arguments& arguments) const {
  CommandResult result;
  for (const std::string& path : arguments.words) {
    const std::optional<std::string> nevra = find(available, std::filesystem::path(path).stem().string());
    if (!nevra || !std::filesystem::exists(path)) {
      return failed(1, fmt::format("error: open of {} failed: No such file or directory\n", path));
    }
    for (const auto& [file, content] : available.at(*nevra).files) {
      result.out += file + "\n";
    }
    result.out += available.at(*nevra).files.empty() ? "(contains no files)\n" : "";
  }
  return result;
}

/// Source: rpm(8), verify options: `missing`, or nine characters of what differs, then `c` for a
/// configuration.
CommandResult FakeRpmdb::verify(const Arguments& arguments) const {
  CommandResult result;
  for (const std::string& word : arguments.words) {
    const std::optional<std::string> nevra = find(installed, word);
    if (!nevra) {
      return {.status = 1, .out = "package " + word + " is not installed\n"};
    }
    for (const auto& [path, content] : installed.at(*nevra).files) {
      const char mark = installed.at(*nevra).configs.contains(path) ? 'c' : ' ';
      const std::optional<std::string> there = host_.read(path);
      if (!there) {
        result.out += fmt::format("missing   {} {}\n", mark, path);
      } else if (*there != content) {
        result.out +=
            fmt::format("{}.5....T.  {} {}\n", there->size() == content.size() ? '.' : 'S', mark, path);
      }
    }
  }
  result.status = result.out.empty() ? 0 : 1;
  return result;
}

CommandResult FakeRpmdb::erase_all(const Arguments& arguments) {
  std::vector<std::string> goes;
  for (const std::string& word : arguments.words) {
    const std::optional<std::string> nevra = keys.contains(word) ? word : find(installed, word);
    if (!nevra) {
      return failed(1, "error: package " + word + " is not installed\n");
    }
    goes.push_back(*nevra);
  }
  std::set<std::string> names;
  for (const std::string& nevra : goes) {
    names.insert(parse_nevra(nevra).name);
  }
  for (const auto& [nevra, package] : installed) {
    for (const std::string& need : package.needs) {
      if (names.contains(need) && !names.contains(parse_nevra(nevra).name) && !arguments.has("--nodeps")) {
        return failed(
            1, fmt::format("error: Failed dependencies:\n\t{} is needed by (installed) {}\n", need, nevra));
      }
    }
  }
  for (std::size_t i = 0; i < goes.size(); ++i) {
    if (i == goes.size() / 2) {
      midway();
    }
    if (keys.erase(goes[i]) == 0) {
      erase(goes[i]);
    }
  }
  after_transaction();
  return {};
}

}  // namespace bundle::test
