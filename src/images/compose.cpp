#include "images/compose.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "images/text.hpp"

namespace bundle::images {
namespace {

struct Context : ComposeContext {
  bool is_plain_repository = false;  ///< no sibling tells that a repository is one of sources or charts
};

bool has_slash(std::string_view text) { return text.find('/') != std::string_view::npos; }

std::string join_path(const std::string& prefix, const std::string& rest) {
  if (prefix.empty() || rest == prefix || rest.starts_with(prefix + "/")) {
    return rest;
  }
  return prefix + (prefix.ends_with('/') ? "" : "/") + rest;
}

std::string with_version(const std::string& base, const std::string& version, const std::string& digest) {
  std::string text = base;
  if (version.starts_with("sha256:")) {
    return text + "@" + version;
  }
  if (!version.empty()) {
    text += ":" + version;
  }
  if (!digest.empty()) {
    text += (digest.starts_with("sha256:") ? "@" : "@sha256:") + digest;
  }
  return text;
}

Composed made_of(const Pieces& pieces, std::string text, std::string doubt = {}) {
  return {.text = std::move(text),
          .parts = {.registry = pieces.registry,
                    .repository = pieces.repository,
                    .image = pieces.image,
                    .tag = pieces.tag,
                    .version = pieces.version},
          .doubt = std::move(doubt),
          .keys = pieces.keys};
}

/// {image, …}: the image may be a whole reference, a path that lacks its host, or a bare name.
std::optional<Composed> from_image(const Pieces& pieces, const Context& context) {
  const std::string prefix =
      pieces.repository.empty() ? pieces.registry : join_path(pieces.registry, pieces.repository);
  const bool wants_prefix = !prefix.empty() && (!has_slash(pieces.image) || !pieces.registry.empty());
  const std::string base = wants_prefix ? join_path(prefix, pieces.image) : pieces.image;
  if (is_complete_reference(pieces.image)) {
    const bool has_digest = pieces.image.find('@') != std::string::npos;
    Composed made = made_of(pieces, with_version(base, "", has_digest ? "" : pieces.digest));
    if (made.text == pieces.image) {
      made.keys = {pieces.image_key};
    }
    return made;
  }
  const std::string& version = pieces.tag.empty() ? pieces.version : pieces.tag;
  if (version.empty() && pieces.digest.empty()) {
    if (wants_prefix) {
      return made_of(pieces, base, "a repository and an image without a version");
    }
    if (pieces.has_empty_version && is_strict_reference(base)) {
      return made_of(pieces, base, std::string(kVersionElsewhere));
    }
    const bool inherits = !context.hub.empty() && !has_slash(pieces.image);
    return inherits
               ? std::optional(made_of(pieces, with_version(join_path(std::string(context.hub), pieces.image),
                                                            std::string(context.hub_tag), "")))
               : std::nullopt;
  }
  if (!has_slash(base) && pieces.tag.empty() && pieces.digest.empty()) {
    if (!context.hub.empty()) {
      return made_of(pieces, with_version(join_path(std::string(context.hub), base), version, ""));
    }
    return made_of(pieces, with_version(base, version, ""), "an image and a version without a repository");
  }
  return made_of(pieces, with_version(base, version, pieces.digest));
}

/// Host plus at most one folder: `quay.io/org`, which a `name` completes.
bool is_only_prefix(std::string_view repository) {
  const std::size_t slash = repository.find('/');
  const std::string_view host = repository.substr(0, slash);
  const bool has_host = host.find_first_of(".:") != std::string_view::npos;
  return has_host && (slash == std::string_view::npos || !has_slash(repository.substr(slash + 1)));
}

bool is_git_host(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kHosts = {"github.com/", "gitlab.com/", "bitbucket.org/",
                                                             "git."};
  return text.ends_with(".git") || std::any_of(kHosts.begin(), kHosts.end(), [text](std::string_view host) {
           return text.starts_with(host);
         });
}

/// A repository of images, not of sources or charts.
bool is_image_repository(std::string_view text) {
  return has_slash(text) && is_strict_reference(text) && !is_complete_reference(text) && !is_git_host(text);
}

std::optional<Composed> from_repository(const Pieces& pieces, const Context& context) {
  std::string base = join_path(pieces.registry, pieces.repository);
  if (base.find("://") != std::string::npos) {
    return std::nullopt;
  }
  if (is_complete_reference(base)) {
    return made_of(pieces, base);
  }
  const bool is_named = !pieces.name.empty() && !base.ends_with("/" + pieces.name);
  if (is_named && (context.below_image_key || (is_only_prefix(base) && !has_slash(pieces.name)))) {
    base = join_path(base, pieces.name);
  }
  const bool is_plain = context.is_plain_repository && context.is_resource && !pieces.has_empty_image &&
                        pieces.name.empty() && is_image_repository(base) && !is_only_prefix(base);
  const bool takes_version = pieces.tag.empty() && (context.below_image_key || is_plain);
  const std::string& version = takes_version ? pieces.version : pieces.tag;
  if (version.empty() && pieces.digest.empty()) {
    const bool is_half = context.below_image_key && is_strict_reference(base);
    return is_half ? std::optional(made_of(pieces, base, "a repository without a tag")) : std::nullopt;
  }
  return made_of(pieces, with_version(base, version, pieces.digest));
}

std::optional<Composed> from_name(const Pieces& pieces, const Context& context) {
  const std::string base = join_path(pieces.registry, pieces.name);
  const std::string& version = pieces.tag.empty() ? pieces.version : pieces.tag;
  if (is_complete_reference(base)) {
    return made_of(pieces, base);
  }
  if (pieces.has_version()) {
    const bool is_word_of_list = context.is_list_item && !has_slash(base);
    return made_of(pieces, with_version(base, version, pieces.digest),
                   is_word_of_list ? "a name and a tag without a repository" : "");
  }
  if (!is_strict_reference(base)) {
    return std::nullopt;
  }
  return made_of(pieces, base, pieces.has_empty_version ? std::string(kVersionElsewhere) : "");
}

/// A repository where nothing else speaks of images may be one of charts or sources.
std::optional<Composed> from_any_repository(const std::string& group, const Pieces& pieces,
                                            const Context& context) {
  const bool is_any = group.empty() && context.bare_keys && !context.below_image_key;
  std::optional<Composed> made = from_repository(pieces, context);
  if (!is_any || !made) {
    return made;
  }
  if (is_git_host(pieces.repository) || (!context.is_plain_repository && !names_host(pieces.repository))) {
    return std::nullopt;
  }
  if (!context.is_plain_repository && made->doubt.empty()) {
    made->doubt = "a repository and a tag, maybe of a chart or of sources";
  }
  return made;
}

std::optional<Composed> from(const std::string& group, const Pieces& pieces, const Context& context) {
  const bool is_base = group == "base" && !context.version.empty() && !pieces.has_version();
  if (is_base && is_strict_reference(pieces.image) && !is_complete_reference(pieces.image)) {
    return made_of(pieces, with_version(pieces.image, std::string(context.version), ""));
  }
  if (!pieces.image.empty()) {
    return from_image(pieces, context);
  }
  if (!pieces.repository.empty()) {
    return from_any_repository(group, pieces, context);
  }
  if (!context.below_image_key) {
    return std::nullopt;
  }
  if (!pieces.name.empty()) {
    return from_name(pieces, context);
  }
  if (!pieces.tag.empty()) {
    return made_of(pieces, pieces.tag, "a tag without a repository");
  }
  return std::nullopt;
}

/// The registry of a mapping further out, where pieces name none.
void inherit(Pieces& pieces, const Context& context) {
  const std::string& base =
      pieces.image.empty() ? (pieces.repository.empty() ? pieces.name : pieces.repository) : pieces.image;
  const bool is_open = !base.empty() && !is_complete_reference(base) && !names_host(base) &&
                       !names_host(pieces.repository + "/");
  if (pieces.image_key.empty() && !context.below_image_key) {
    return;
  }
  if (is_open && pieces.registry.empty() && pieces.has_version()) {
    pieces.registry = context.registry;
  }
}

/// CHART_REPOSITORY, TRIVY_DB_REPOSITORY, MODEL_REPOSITORY: of something that no runtime pulls. The word
/// before the last one tells; `mongodbRepository` and `csiPluginRepository` are images.
bool is_of_sources(std::string_view key) {
  static constexpr std::array<std::string_view, 10> kWords = {"chart",  "charts", "helm",  "git", "module",
                                                              "schema", "source", "model", "db",  "dataset"};
  const std::vector<std::string> words = words_of(key);
  return words.size() > 1 && std::find(kWords.begin(), kWords.end(), words[words.size() - 2]) != kWords.end();
}

/// {xRepository, xTag}, {X_REPO_URL, X_NAME, X_VERSION}.
std::optional<Composed> from_loose(const std::string& stem, const Pieces& pieces, const Context& context) {
  if (!pieces.has_version()) {
    return std::nullopt;
  }
  const std::string& version = pieces.tag.empty() ? pieces.version : pieces.tag;
  if (std::any_of(pieces.keys.begin(), pieces.keys.end(), is_of_sources)) {
    return std::nullopt;
  }
  const bool speaks = stem.find("image") != std::string::npos || stem.find("container") != std::string::npos;
  if (is_image_repository(pieces.repository) &&
      (names_host(pieces.repository) || speaks || context.is_plain_repository)) {
    return made_of(pieces, with_version(join_path(pieces.registry, pieces.repository), version, ""));
  }
  const bool has_url = std::any_of(pieces.keys.begin(), pieces.keys.end(),
                                   [](std::string_view key) { return flatten(key).ends_with("repourl"); });
  if (has_url && !pieces.name.empty() && is_registry_prefix(pieces.registry)) {
    return made_of(pieces, with_version(join_path(pieces.registry, pieces.name), version, ""));
  }
  return std::nullopt;
}

}  // namespace

std::vector<Composed> compose(const std::vector<NamedValue>& siblings, const ComposeContext& given) {
  Groups groups = gather_pieces(siblings, given.bare_keys);
  const Groups loose = gather_loose_pieces(siblings);
  Context context{given};
  context.is_plain_repository = given.bare_keys && is_without_sources(siblings);
  std::vector<Composed> all;
  for (auto& [group, pieces] : groups) {
    take_version(group, pieces, loose, groups);
    inherit(pieces, context);
    if (std::optional<Composed> made = from(group, pieces, context)) {
      all.push_back(*std::move(made));
    }
  }
  for (const auto& [stem, pieces] : loose) {
    if (std::optional<Composed> made = from_loose(stem, pieces, context)) {
      all.push_back(*std::move(made));
    }
  }
  return all;
}

}  // namespace bundle::images
