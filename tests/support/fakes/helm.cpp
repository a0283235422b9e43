#include "support/fakes/helm.hpp"

#include <regex>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace bundle::test {
namespace {

const std::set<std::string_view> kValued{"--kubeconfig",
                                         "--namespace",
                                         "-n",
                                         "--filter",
                                         "-o",
                                         "--timeout",
                                         "--values",
                                         "-f",
                                         "--description",
                                         "--labels",
                                         "--history-max",
                                         "--max",
                                         "--kube-apiserver",
                                         "--kube-tls-server-name"};

bool fits(const Arguments& arguments, std::string_view verb, std::size_t words,
          std::set<std::string_view> allowed) {
  allowed.insert({"--kubeconfig", "--namespace", "-n", "--kube-apiserver", "--kube-tls-server-name"});
  return arguments.are({verb}, allowed) && arguments.words.size() == words;
}

std::string key_of(const Arguments& arguments) {
  const std::string space = arguments.value("--namespace") + arguments.value("-n");
  return (space.empty() ? "default" : space) + "/" + (arguments.words.size() > 1 ? arguments.words[1] : "");
}

std::map<std::string, std::string> labels_of(const std::string& text) {
  std::map<std::string, std::string> labels;
  for (const std::string_view pair : split(text, ',')) {
    if (const std::size_t equals = pair.find('='); equals != std::string_view::npos) {
      labels[std::string(pair.substr(0, equals))] = std::string(pair.substr(equals + 1));
    }
  }
  return labels;
}

}  // namespace

void FakeHelm::answer(FakeRunner& runner) {
  on(runner, {std::string(kPath)}, [this](const Command& command) {
    if (!host_.exists(kPath)) {
      fail(ErrorKind::usage, "cannot run {}: not found", kPath);
    }
    return reply(command);
  });
}

void FakeHelm::describe(WorldState& state) const {
  for (const auto& [key, history] : releases) {
    const Revision& now = history.back();
    state["cluster release " + key] =
        fmt::format("{} {}, {}, values {}", now.status, now.chart, now.description,
                    sha256_hex(join(now.values, " ")).substr(0, 16));
    state["history release " + key] = fmt::format("revision {}", now.number);
  }
}

CommandResult FakeHelm::reply(const Command& command) {
  const Arguments arguments = take_apart(command.argv, kValued);
  if (!cluster_.is_api_ready || !host_.exists(arguments.value("--kubeconfig"))) {
    return failed(
        1, "Error: Kubernetes cluster unreachable: dial tcp 10.0.0.5:6443: connect: connection refused\n");
  }
  const std::string key = key_of(arguments);
  if (fits(arguments, "list", 1, {"--all", "--all-namespaces", "--filter", "--max", "-o"})) {
    return list(command, arguments);
  }
  if (fits(arguments, "status", 2, {"-o"})) {
    return arguments.value("-o") == "json" ? status(key) : refuse(command);
  }
  if (fits(arguments, "upgrade", 3,
           {"--install", "--create-namespace", "--wait", "--timeout", "--values", "-f", "--description",
            "--labels", "--history-max", "--reset-values", "--take-ownership"})) {
    return upgrade(command, arguments);
  }
  if (fits(arguments, "rollback", 2, {"--wait", "--timeout"}) ||
      fits(arguments, "rollback", 3, {"--wait", "--timeout"})) {
    return rollback(arguments, key);
  }
  return fits(arguments, "uninstall", 2, {"--wait", "--timeout", "--ignore-not-found"})
             ? uninstall(arguments, key)
             : refuse(command);
}

/// Without --all only what is deployed or failed. Source: helm list --help; pkg/cmd/list.go names the fields.
CommandResult FakeHelm::list(const Command& command, const Arguments& arguments) {
  if (arguments.value("-o") != "json") {
    return refuse(command);
  }
  const std::regex filter(arguments.has("--filter") ? arguments.value("--filter") : ".*");
  const std::string space = arguments.has("--all-namespaces") ? "" : key_of(arguments);  // `NAMESPACE/`
  json::Array rows;
  for (const auto& [key, history] : releases) {
    const Revision& now = history.back();
    const std::string name = key.substr(key.find('/') + 1);
    const bool is_shown = arguments.has("--all") || now.status == "deployed" || now.status == "failed";
    if (key.starts_with(space) && is_shown && std::regex_search(name, filter)) {
      rows.push_back(json::Object{{"name", name},
                                  {"namespace", key.substr(0, key.find('/'))},
                                  {"revision", std::to_string(now.number)},
                                  {"updated", "2026-11-21 20:00:00.000000000 +0000 UTC"},
                                  {"status", now.status},
                                  {"chart", now.chart},
                                  {"app_version", ""}});
    }
  }
  return said(json::canonical(rows) + "\n");
}

/// Source: Helm's pkg/release/release.go and info.go name the fields.
CommandResult FakeHelm::status(const std::string& key) const {
  const auto release = releases.find(key);
  if (release == releases.end()) {
    return failed(1, "Error: release: not found\n");
  }
  const Revision& now = release->second.back();
  return said(json::canonical(json::Object{{"name", key.substr(key.find('/') + 1)},
                                           {"namespace", key.substr(0, key.find('/'))},
                                           {"version", std::uint64_t{now.number}},
                                           {"info", json::Object{{"status", now.status},
                                                                 {"description", now.description},
                                                                 {"deleted", ""}}}}) +
              "\n");
}

CommandResult FakeHelm::upgrade(const Command& command, const Arguments& arguments) {
  const std::string key = key_of(arguments);
  const std::string& chart = arguments.words[2];
  if (!arguments.has("--install") || !chart.ends_with(".tgz")) {
    return refuse(command);
  }
  if (!host_.exists(chart)) {
    return failed(1, fmt::format("Error: path \"{}\" not found\n", chart));
  }
  Revision next{.chart = std::filesystem::path(chart).stem().string(),
                .labels = labels_of(arguments.value("--labels"))};
  for (const auto& [option, path] : arguments.options) {
    if (option == "--values" || option == "-f") {
      if (!host_.exists(path)) {
        return failed(1, fmt::format("Error: open {}: no such file or directory\n", path));
      }
      next.values.push_back(sha256_hex(host_.read(path).value_or("")));
    }
  }
  const bool is_first = !releases.contains(key);
  const std::string space = key.substr(0, key.find('/'));
  if (is_first && !cluster_.namespaces.contains(space)) {
    if (!arguments.has("--create-namespace")) {
      return failed(1, fmt::format("Error: INSTALLATION FAILED: namespaces \"{}\" not found\n", space));
    }
    cluster_.namespaces[space] = {{"kubernetes.io/metadata.name", space}, {"name", space}};
  }
  std::vector<Revision>& history = releases[key];
  if (!is_first && history.back().status.starts_with("pending")) {
    return failed(1, "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress\n");
  }
  next.number = is_first ? 1 : history.back().number + 1;
  next.status = is_first ? "pending-install" : "pending-upgrade";
  next.description = is_first ? "Initial install underway" : "Preparing upgrade";
  history.push_back(std::move(next));
  midway();
  const std::string ours = arguments.value("--description");
  return finish(history, !ours.empty() ? ours : is_first ? "Install complete" : "Upgrade complete");
}

/// The last revision, which is pending, becomes deployed or failed.
CommandResult FakeHelm::finish(std::vector<Revision>& history, const std::string& description) {
  Revision& now = history.back();
  if (!upgrade_error.empty()) {
    now.status = "failed";
    now.description = "Upgrade failed: " + upgrade_error;
    return failed(1, "Error: UPGRADE FAILED: " + upgrade_error + "\n");
  }
  for (Revision& earlier : history) {
    earlier.status = earlier.status == "deployed" ? "superseded" : earlier.status;
  }
  now.status = "deployed";
  now.description = description;
  return said("STATUS: deployed\n");
}

/// To the revision before the current one, when none is named; that is a revision of its own.
CommandResult FakeHelm::rollback(const Arguments& arguments, const std::string& key) {
  const auto release = releases.find(key);
  if (release == releases.end()) {
    return failed(1, "Error: release: not found\n");
  }
  std::vector<Revision>& history = release->second;
  const std::uint64_t wanted = arguments.words.size() == 3 ? parse_unsigned(arguments.words[2]).value_or(0)
                                                           : history.back().number - 1;
  for (const Revision& old : history) {
    if (old.number == wanted) {
      Revision next = old;
      next.number = history.back().number + 1;
      next.status = "pending-rollback";
      next.description = fmt::format("Rollback to {}", wanted);
      history.push_back(next);
      midway();
      finish(history, next.description);
      return said("Rollback was a success! Happy Helming!\n");
    }
  }
  return failed(1, fmt::format("Error: release has no {} version\n", wanted));
}

CommandResult FakeHelm::uninstall(const Arguments& arguments, const std::string& key) {
  const auto release = releases.find(key);
  const std::string name = key.substr(key.find('/') + 1);
  if (release == releases.end()) {
    return arguments.has("--ignore-not-found")
               ? CommandResult{}
               : failed(1,
                        fmt::format("Error: uninstall: Release not loaded: {}: release: not found\n", name));
  }
  release->second.back().status = "uninstalling";
  midway();
  releases.erase(release);
  return said(fmt::format("release \"{}\" uninstalled\n", name));
}

}  // namespace bundle::test
