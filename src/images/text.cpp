#include "images/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.hpp"
#include "spec/reference.hpp"

namespace bundle::images {
namespace {

using RoleName = std::pair<std::string_view, KeyRole>;
constexpr std::array<RoleName, 12> kBare = {{{"registry", KeyRole::registry},
                                             {"hub", KeyRole::registry},
                                             {"repository", KeyRole::repository},
                                             {"repo", KeyRole::repository},
                                             {"name", KeyRole::name},
                                             {"tag", KeyRole::tag},
                                             {"version", KeyRole::version},
                                             {"digest", KeyRole::digest},
                                             {"sha", KeyRole::digest},
                                             {"sha256", KeyRole::digest},
                                             {"newname", KeyRole::image},  // kustomize
                                             {"newtag", KeyRole::tag}}};
/// What may end a name that does not speak of images; the longer ones first.
constexpr std::array<RoleName, 7> kLoose = {{{"repourl", KeyRole::registry},
                                             {"registry", KeyRole::registry},
                                             {"repository", KeyRole::repository},
                                             {"repo", KeyRole::repository},
                                             {"name", KeyRole::name},
                                             {"tag", KeyRole::tag},
                                             {"version", KeyRole::version}}};
/// What may follow the word image.
constexpr std::array<RoleName, 14> kSuffixes = {{{"", KeyRole::image},
                                                 {"s", KeyRole::image},
                                                 {"ref", KeyRole::image},
                                                 {"reference", KeyRole::image},
                                                 {"name", KeyRole::image},
                                                 {"uri", KeyRole::image},
                                                 {"fullname", KeyRole::image},
                                                 {"registry", KeyRole::registry},
                                                 {"repository", KeyRole::repository},
                                                 {"repo", KeyRole::repository},
                                                 {"tag", KeyRole::tag},
                                                 {"version", KeyRole::version},
                                                 {"digest", KeyRole::digest},
                                                 {"sha", KeyRole::digest}}};

template <std::size_t N>
KeyRole role_in(const std::array<RoleName, N>& roles, std::string_view text) {
  const auto it =
      std::find_if(roles.begin(), roles.end(), [text](const RoleName& row) { return row.first == text; });
  return it == roles.end() ? KeyRole::none : it->second;
}

bool has_tag(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::size_t slash = text.rfind('/');
  return colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
}

/// Hosts of labels and API groups, of sources, and of services in the cluster, from which no runtime pulls.
bool is_no_registry(std::string_view host) {
  static constexpr std::array<std::string_view, 7> kHosts = {
      "kubernetes.io", "k8s.io", "github.com", "gitlab.com", "bitbucket.org", "golang.org", "gopkg.in"};
  host = host.substr(0, host.find(':'));
  const bool is_registry = host.find("registry") != std::string_view::npos;
  return std::find(kHosts.begin(), kHosts.end(), host) != kHosts.end() || host.ends_with(".kubernetes.io") ||
         (host.ends_with(".k8s.io") && !is_registry) || host.starts_with("go.") || host.ends_with(".svc") ||
         host.ends_with(".svc.cluster.local");
}

bool is_picture(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kEndings = {".png",  ".svg", ".jpg",
                                                               ".jpeg", ".gif", ".ico"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [text](std::string_view ending) { return text.ends_with(ending); });
}

bool is_taint_effect(std::string_view tag) {
  return tag == "NoSchedule" || tag == "PreferNoSchedule" || tag == "NoExecute";
}

bool is_likely_tag(std::string_view tag) {
  static constexpr std::array<std::string_view, 9> kUsual = {"latest",  "stable", "main",   "master", "edge",
                                                             "nightly", "dev",    "alpine", "debian"};
  return tag.find_first_of("0123456789") != std::string_view::npos ||
         std::find(kUsual.begin(), kUsual.end(), tag) != kUsual.end();
}

/// The word without what a sentence or a list puts around it.
std::string_view bare_word(std::string_view word) {
  while (!word.empty() && std::string_view(".:,;").find(word.back()) != std::string_view::npos) {
    word.remove_suffix(1);
  }
  return word;
}

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::vector<std::string> words_of(std::string_view key) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool is_separator = std::string_view("_-./ ").find(key[i]) != std::string_view::npos;
    const bool begins_word = is_upper(key[i]) && i > 0 && !is_upper(key[i - 1]);
    if ((is_separator || begins_word) && !words.back().empty()) {
      words.emplace_back();
    }
    if (!is_separator) {
      words.back() += lower(key.substr(i, 1));
    }
  }
  return words;
}

std::string flatten(std::string_view key) {
  std::string flat;
  for (const char c : lower(key)) {
    if (c != '_' && c != '-' && c != '.') {
      flat += c;
    }
  }
  return flat;
}

/// A final label of letters keeps file names and versions out.
bool names_host(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('/'));
  if (first.size() == text.size()) {
    return false;
  }
  if (first.find(':') != std::string_view::npos || first == "localhost") {
    return true;
  }
  const std::size_t dot = first.rfind('.');
  return dot != std::string_view::npos && dot + 2 < first.size() &&
         first.substr(dot + 1).find_first_of("0123456789") == std::string_view::npos;
}

bool is_registry_prefix(std::string_view text) {
  return !has_tag(text.substr(std::min(text.find('/'), text.size()))) &&
         text.find("://") == std::string_view::npos && names_host(std::string(text) + "/") &&
         !is_no_registry(text.substr(0, text.find('/'))) &&
         spec::parse_reference(std::string(text) + "/x").has_value();
}

KeyName classify_key(std::string_view key) {
  const std::string flat = flatten(key);
  if (const KeyRole role = role_in(kBare, flat); role != KeyRole::none) {
    return {.role = role, .is_bare = true};
  }
  const std::size_t at = flat.rfind("image");
  if (at == std::string::npos) {
    return {};
  }
  const KeyRole role = role_in(kSuffixes, std::string_view(flat).substr(at + 5));
  return role == KeyRole::none ? KeyName{} : KeyName{.role = role, .group = flat.substr(0, at)};
}

KeyName classify_loose_key(std::string_view key) {
  const std::string flat = flatten(key);
  for (const auto& [ending, role] : kLoose) {
    if (flat.ends_with(ending) && flat.size() > ending.size()) {
      return {.role = role, .group = flat.substr(0, flat.size() - ending.size())};
    }
  }
  return {};
}

bool mentions_image(std::string_view key) {
  const std::string flat = flatten(key);
  if (flat.find("image") == std::string::npos || classify_key(key).role != KeyRole::none) {
    return false;
  }
  return flat.find("pull") == std::string::npos && flat.find("policy") == std::string::npos &&
         flat.find("secret") == std::string::npos;
}

bool is_strict_reference(std::string_view text) {
  return text.find_first_of("/:@") != std::string_view::npos && !is_picture(text) &&
         spec::parse_reference(text).has_value();
}

bool ends_in_port(std::string_view text) {
  const std::string_view tag = text.substr(std::min(text.rfind(':') + 1, text.size()));
  return tag.size() >= 3 && tag.size() <= 5 && parse_unsigned(tag).has_value();
}

bool is_host_and_port(std::string_view text) {
  return text.find('/') == std::string_view::npos && ends_in_port(text);
}

bool is_complete_reference(std::string_view text) {
  return (has_tag(text) || text.find('@') != std::string_view::npos) && is_strict_reference(text);
}

std::string_view without_transport(std::string_view text) {
  constexpr std::string_view kDocker = "docker://";  // also behind a label: `ubuntu-latest:docker://…`
  const std::size_t at = text.find(kDocker);
  return at == std::string_view::npos ? text : text.substr(at + kDocker.size());
}

bool is_full_reference(std::string_view text) {
  if (text.find("@sha256:") != std::string_view::npos) {
    return spec::parse_reference(text).has_value();
  }
  return has_tag(text) && names_host(text) && !is_no_registry(text.substr(0, text.find('/'))) &&
         !is_taint_effect(text.substr(text.rfind(':') + 1)) && spec::parse_reference(text).has_value();
}

std::vector<std::string> full_references_in(std::string_view text) {
  std::vector<std::string> found;
  if (text.find('/') == std::string_view::npos || text.find_first_of(":@") == std::string_view::npos) {
    return found;
  }
  constexpr std::string_view kBetween = " \t\r\n\"'`,;()[]{}<>|=\\&$#*!";
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find_first_of(kBetween, begin), text.size());
    std::string_view word = bare_word(text.substr(begin, end - begin));
    const bool is_escaped = begin > 0 && text[begin - 1] == '\\' && !word.empty() &&
                            std::string_view("nrt").find(word.front()) != std::string_view::npos;
    word.remove_prefix(is_escaped ? 1 : 0);
    word = without_transport(word);
    if (word.find('/') != std::string_view::npos && word.find("://") == std::string_view::npos &&
        is_full_reference(word)) {
      const bool is_likely =
          word.find('@') != std::string_view::npos || is_likely_tag(word.substr(word.rfind(':') + 1));
      if (is_likely) {
        found.emplace_back(word);
      }
    }
    begin = end + 1;
  }
  return found;
}

}  // namespace bundle::images
