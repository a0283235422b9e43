#include "images/download_tools.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"
#include "images/command_words.hpp"
#include "images/model_servers.hpp"

namespace bundle::images {
namespace {

using Words = std::vector<std::string_view>;

/// `not_inside`: unless it names a place in the cluster or a path; `git pull` names none.
enum class When { always, outside, not_inside };

/// Programs with the verbs that fetch. `verbs`: words separated by `|`; a verb of two words has a space.
/// Empty: any use. `unless`: words that say that nothing is fetched.
struct Tool {
  std::string_view programs;
  std::string_view verbs;
  When when;
  DownloadKind kind;
  std::string_view unless = "";
};

constexpr std::array kTools = {
    Tool{"ollama", "pull|run", When::always, DownloadKind::model},
    Tool{"huggingface-cli|hf", "download|repo clone", When::always, DownloadKind::model},
    Tool{"modelscope", "download", When::always, DownloadKind::model},
    Tool{"curl|aria2c|axel|httpie|http|https|fetch|wget2", "", When::outside, DownloadKind::file},
    Tool{"wget", "", When::outside, DownloadKind::file},
    Tool{"git", "clone|ls-remote|pull|fetch", When::not_inside, DownloadKind::sources},
    Tool{"git", "submodule add|remote add", When::outside, DownloadKind::sources},
    Tool{"gitpuller", "", When::outside, DownloadKind::sources},
    Tool{"git", "submodule update|lfs pull|lfs fetch", When::always, DownloadKind::sources},
    Tool{"git-sync", "", When::outside, DownloadKind::sources},
    Tool{"svn|hg", "checkout|co|clone|export", When::outside, DownloadKind::sources},
    Tool{"pip|pip2|pip3|uv pip|pipx", "install|download|wheel", When::always, DownloadKind::packages,
         "--no-index"},
    Tool{"uv", "pip install|sync|tool install|add|tool run", When::always, DownloadKind::packages,
         "--offline|--no-index"},
    Tool{"uvx|npx|pnpx|bunx", "", When::always, DownloadKind::packages, "--offline|--no-install|--version"},
    Tool{"npm|pnpm|yarn|bun", "install|i|ci|add|dlx|exec", When::always, DownloadKind::packages, "--offline"},
    Tool{"conda|mamba|micromamba", "install|create|update|env create|env update", When::always,
         DownloadKind::packages, "--offline"},
    Tool{"poetry|pdm|bundle|bundler|composer", "install|update|add|require", When::always,
         DownloadKind::packages, "--local"},
    Tool{"gem|cargo|luarocks|cpan|cpanm|fluent-gem|td-agent-gem|R", "install|fetch", When::always,
         DownloadKind::packages, "--local"},
    Tool{"go", "install|get|mod download", When::always, DownloadKind::packages},
    Tool{"apt|apt-get|aptitude", "update|install|upgrade|dist-upgrade|full-upgrade", When::always,
         DownloadKind::packages, "--no-download"},
    Tool{"apk", "add|update|upgrade|fetch", When::always, DownloadKind::packages, "--no-network"},
    Tool{"yum|dnf|microdnf|tdnf|zypper",
         "install|update|upgrade|makecache|in|up|reinstall|localinstall|groupinstall", When::always,
         DownloadKind::packages, "--cacheonly|-C"},
    Tool{"pacman", "-S|-Sy|-Syu", When::always, DownloadKind::packages},
    Tool{"snap|brew|flatpak", "install", When::always, DownloadKind::packages},
    Tool{"helm",
         "pull|fetch|repo add|install|upgrade|template|dependency update|dependency build|plugin install",
         When::outside, DownloadKind::chart},
    Tool{"helm", "repo update", When::always, DownloadKind::chart},
    Tool{"kubectl|oc|k", "apply|create|replace|kustomize", When::outside, DownloadKind::file},
    Tool{"kubectl|oc", "krew install|krew update", When::always, DownloadKind::packages},
    Tool{"oras|crane|regctl|skopeo|podman|docker|nerdctl|buildah|crictl|ctr",
         "pull|copy|images pull|image pull|image copy", When::always, DownloadKind::image},
    Tool{"gsutil|gcloud|s5cmd|rclone|azcopy", "cp|rsync|storage cp|storage rsync|copy|sync|copyto",
         When::outside, DownloadKind::file, "--endpoint-url"},
    Tool{"aws", "s3 cp|s3 sync", When::outside, DownloadKind::file, "--endpoint-url"},
    Tool{"terraform|tofu", "init|get", When::always, DownloadKind::packages, "-plugin-dir|-backend=false"},
    Tool{"ansible-galaxy", "install|collection install|role install", When::always, DownloadKind::packages},
    Tool{"playwright|nltk.downloader|spacy", "install|download|all|popular", When::always,
         DownloadKind::packages},
    Tool{"trivy", "image --download-db-only|image --download-java-db-only", When::always, DownloadKind::file},
    Tool{"grype", "db update", When::always, DownloadKind::file},
    Tool{"freshclam|geoipupdate|update-ca-trust-online", "", When::always, DownloadKind::file},
    Tool{"jenkins-plugin-cli|install-plugins.sh", "", When::always, DownloadKind::packages,
         "--list|--version"},
    Tool{"grafana-cli|grafana", "plugins install|plugins update|plugins update-all|cli plugins install",
         When::always, DownloadKind::packages, "--pluginUrl"},
    Tool{"elasticsearch-plugin|opensearch-plugin|logstash-plugin|kibana-plugin|opensearch-dashboards-plugin|"
         "bin/plugin",
         "install|update", When::always, DownloadKind::packages},
    Tool{"wp", "core download|plugin install|theme install|core update|language core install", When::always,
         DownloadKind::packages},
    Tool{"sfctl|pulumi|flux|argocd", "plugin install|install --components", When::always,
         DownloadKind::packages},
};

bool has_any_verb(const ShellCommand& command, std::string_view verbs) {
  const std::vector<std::string_view> all = split(verbs, '|');
  return verbs.empty() ||
         std::any_of(all.begin(), all.end(), [&](std::string_view verb) { return has_verb(command, verb); });
}

bool says_any(const ShellCommand& command, std::string_view words) {
  return !words.empty() && std::any_of(command.begin() + 1, command.end(), [&](const std::string& word) {
    return is_listed(words, std::string_view(word).substr(0, word.find('='))) || is_listed(words, word);
  });
}

/// The value of `--repo=URL`; else the word.
std::string_view value_in(std::string_view word) {
  const std::size_t equals = word.find('=');
  return word.starts_with('-') && equals != std::string_view::npos ? word.substr(equals + 1) : word;
}

/// Options of curl and wget whose value is no address to fetch.
bool takes_other_value(std::string_view option) {
  static constexpr std::array<std::string_view, 22> kOptions = {
      "-H",       "--header",     "-e",        "--referer", "-A",  "--user-agent",
      "-x",       "--proxy",      "-d",        "--data",    "-U",  "-o",
      "--output", "-u",           "--user",    "--cacert",  "-O-", "--preproxy",
      "--origin", "--connect-to", "--resolve", "-w"};
  return is_in(kOptions, option);
}

bool asks_outside(const ShellCommand& command, const ServiceNames& services) {
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string_view word = value_in(command[i]);
    if (leads_outside(word, services) && !takes_other_value(command[i - 1])) {
      return true;
    }
    // curl and wget take a host without a scheme.
    const bool is_bare = !command[i].starts_with('-') && !is_remote(word) &&
                         word.find('/') != std::string_view::npos && word.find('/') != 0 && word[0] != '.' &&
                         word.find('$') == std::string_view::npos;
    const std::string_view program = program_name(command[0]);
    if (is_bare && (program == "curl" || program == "wget") && !takes_other_value(command[i - 1]) &&
        split(word.substr(0, word.find('/')), '.').size() > 1 && !command[i - 1].starts_with("-") &&
        leads_outside("https://" + std::string(word), services)) {
      return true;
    }
  }
  return false;
}

/// Something is sent, so that nothing is there to be carried.
bool is_upload(const ShellCommand& command) {
  static constexpr std::array<std::string_view, 14> kOptions = {
      "-d",     "--data", "--data-binary", "--data-raw", "--data-urlencode", "-F",          "--form",
      "--json", "-T",     "--upload-file", "-XPOST",     "--post-data",      "--post-file", "-XPUT"};
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string_view option = std::string_view(command[i]).substr(0, command[i].find('='));
    const bool is_method = (option == "-X" || option == "--request" || option == "--method") &&
                           i + 1 < command.size() && command[i + 1] != "GET" && command[i + 1] != "HEAD";
    if (is_in(kOptions, option) || is_method) {
      return true;
    }
  }
  return false;
}

/// `pip install .` and `dnf install /rpms/x.rpm` name files alone.
bool has_local_operands_only(const ShellCommand& command) {
  Words operands = operands_of(command, 1);
  if (operands.size() < 2) {
    return false;
  }
  return std::all_of(operands.begin() + 1, operands.end(),
                     [](std::string_view word) {
                       return word.starts_with('/') || word.starts_with("./") || word == "." ||
                              word.starts_with("../") || word.starts_with("file:");
                     }) &&
         !says_any(command, "-r|--requirement");
}

/// Uploading: the source is a file here.
bool copies_from_here(const ShellCommand& command) {
  const Words operands = operands_of(command, 1);
  const auto first = std::find_if(operands.begin(), operands.end(), [](std::string_view word) {
    return word.find('/') != std::string_view::npos || word.starts_with('$') || word == ".";
  });
  return first != operands.end() && !is_remote(*first);
}

/// A remote stands among the words, or a path behind the verb.
bool names_place(const ShellCommand& command, std::string_view verbs) {
  const auto verb = std::find_if(command.begin() + 1, command.end(),
                                 [verbs](const std::string& word) { return is_listed(verbs, word); });
  const auto operand = std::find_if(verb == command.end() ? verb : verb + 1, command.end(),
                                    [](const std::string& word) { return !word.starts_with('-'); });
  return (operand != command.end() && (operand->starts_with('/') || operand->starts_with('.'))) ||
         std::any_of(command.begin() + 1, command.end(),
                     [](const std::string& word) { return is_remote(word); });
}

/// The first operand behind the verb is a reference of a registry outside; without a host it is Docker Hub's.
bool asks_registry(const ShellCommand& command, const ServiceNames& services) {
  constexpr std::string_view kDocker = "docker://";
  const std::vector<std::string_view> operands = operands_of(command, 1);
  const auto source = std::find_if(operands.begin(), operands.end(), [](std::string_view word) {
    return !is_listed("pull|copy|image|images", word);
  });
  if (source == operands.end()) {
    return false;
  }
  const std::string_view word = source->substr(source->starts_with(kDocker) ? kDocker.size() : 0);
  const std::string_view host = word.substr(0, word.find('/'));
  if (host.size() < word.size() && host.find_first_of(".:") != std::string_view::npos) {
    return leads_outside("https://" + std::string(word), services);
  }
  return word.find_first_of("$=") == std::string_view::npos && !word.starts_with('/') &&
         !word.starts_with('.');
}

std::optional<DownloadKind> by_table(const ShellCommand& command, const ServiceNames& services) {
  const std::string_view program = program_name(command[0]);
  for (const Tool& tool : kTools) {
    if (!is_listed(tool.programs, program) || !has_any_verb(command, tool.verbs) ||
        says_any(command, tool.unless)) {
      continue;
    }
    const bool is_copy = tool.kind == DownloadKind::file && tool.verbs.find("cp") != std::string_view::npos;
    if ((is_copy && copies_from_here(command)) || (tool.verbs.empty() && is_upload(command)) ||
        (tool.kind == DownloadKind::packages && has_local_operands_only(command)) ||
        (tool.kind == DownloadKind::image && !asks_registry(command, services))) {
      continue;
    }
    const bool is_unknown = tool.when == When::not_inside && !names_place(command, tool.verbs);
    if (tool.when == When::always || is_unknown || asks_outside(command, services)) {
      return tool.kind;
    }
  }
  return std::nullopt;
}

/// `python -m pip install x` is pip.
ShellCommand without_interpreter(const ShellCommand& command) {
  const std::string_view program = program_name(command[0]);
  if (program.starts_with("python") && command.size() > 2 && command[1] == "-m") {
    return {command.begin() + 2, command.end()};
  }
  return command;
}

/// Calls of Python that fetch, in `python -c '…'`.
bool has_fetching_call(std::string_view code) {
  static constexpr std::array<std::string_view, 6> kCalls = {
      "snapshot_download(", "hf_hub_download(",        "urlretrieve(",
      "urlopen(\"https://", "requests.get(\"https://", "requests.get('https://"};
  return std::any_of(kCalls.begin(), kCalls.end(),
                     [code](std::string_view call) { return code.find(call) != std::string_view::npos; });
}

}  // namespace

std::optional<DownloadKind> download_of(const ShellCommand& given, const ServiceNames& services,
                                        const Variables& environment) {
  if (given.empty()) {
    return std::nullopt;
  }
  const ShellCommand command = without_interpreter(given);
  const std::string_view program = program_name(command[0]);
  if (program.starts_with("python") && command.size() > 2 && command[1] == "-c" &&
      has_fetching_call(command[2])) {
    return DownloadKind::file;
  }
  if (const auto found = by_table(command, services)) {
    return found;
  }
  return fetches_model(command, environment) ? std::optional(DownloadKind::model) : std::nullopt;
}

std::string_view program_of_image(std::string_view image) {
  static constexpr std::array<std::string_view, 12> kPrograms = {"git",
                                                                 "git-sync",
                                                                 "curl",
                                                                 "ollama",
                                                                 "vllm-openai",
                                                                 "text-generation-inference",
                                                                 "text-embeddings-router",
                                                                 "sglang",
                                                                 "llama.cpp",
                                                                 "helm",
                                                                 "aws-cli",
                                                                 "rclone"};
  image = image.substr(0, image.find('@'));
  std::string_view name = image.substr(image.rfind('/') + 1);
  name = name.substr(0, name.find(':'));
  if (name == "text-embeddings-inference") {
    return "text-embeddings-router";
  }
  const auto found = std::find(kPrograms.begin(), kPrograms.end(), name);
  return found == kPrograms.end() ? std::string_view() : name == "aws-cli" ? std::string_view("aws") : *found;
}

std::optional<DownloadKind> download_of_variable(std::string_view name, std::string_view value,
                                                 const ServiceNames& services) {
  static constexpr std::array<std::string_view, 6> kPackages = {
      "GF_INSTALL_PLUGINS",           "GF_PLUGINS_PREINSTALL", "GF_PLUGINS_PREINSTALL_SYNC",
      "_PIP_ADDITIONAL_REQUIREMENTS", "EXTRA_PIP_PACKAGES",    "EXTRA_CONDA_PACKAGES"};
  static constexpr std::array<std::string_view, 4> kSources = {"GIT_SYNC_REPO", "GITSYNC_REPO",
                                                               "GITSYNC_ROOT_REPO", "GIT_REPOSITORY_URL"};
  if (is_in(kPackages, name) && !trim(value).empty()) {
    return DownloadKind::packages;
  }
  if (is_in(kSources, name) && leads_outside(value, services)) {
    return DownloadKind::sources;
  }
  return std::nullopt;
}

}  // namespace bundle::images
