#include "helm/image_compose.hpp"

#include <map>
#include <optional>

#include "helm/image_text.hpp"

namespace bundle::helm {
namespace {

/// The values of one group of siblings; empty where there is none.
struct Pieces {
  std::string image, registry, repository, name, tag, version, digest;
  std::string_view image_key;
  std::set<std::string_view> keys;
};

std::string* piece_of(Pieces& pieces, KeyRole role) {
  switch (role) {
    case KeyRole::none:
      return nullptr;
    case KeyRole::image:
      return &pieces.image;
    case KeyRole::registry:
      return &pieces.registry;
    case KeyRole::repository:
      return &pieces.repository;
    case KeyRole::name:
      return &pieces.name;
    case KeyRole::tag:
      return &pieces.tag;
    case KeyRole::version:
      return &pieces.version;
    case KeyRole::digest:
      break;
  }
  return &pieces.digest;
}

bool is_template(std::string_view text) {
  return text.find("{{") != std::string_view::npos || text.find("$(") != std::string_view::npos;
}

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
std::optional<Composed> from_image(const Pieces& pieces, const ComposeContext& context) {
  const std::string& prefix = pieces.registry.empty() ? pieces.repository : pieces.registry;
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
    const bool inherits = !context.hub.empty() && !has_slash(pieces.image);
    return inherits
               ? std::optional(made_of(pieces, with_version(join_path(std::string(context.hub), pieces.image),
                                                            std::string(context.hub_tag), "")))
               : std::nullopt;
  }
  if (!has_slash(base) && pieces.tag.empty() && pieces.digest.empty()) {
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

std::optional<Composed> from_repository(const Pieces& pieces, const ComposeContext& context) {
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
  const bool takes_version = context.below_image_key && pieces.tag.empty();
  const std::string& version = takes_version ? pieces.version : pieces.tag;
  if (version.empty() && pieces.digest.empty()) {
    const bool is_half = context.below_image_key && is_strict_reference(base);
    return is_half ? std::optional(made_of(pieces, base, "a repository without a tag")) : std::nullopt;
  }
  return made_of(pieces, with_version(base, version, pieces.digest));
}

std::optional<Composed> from_name(const Pieces& pieces) {
  const std::string base = join_path(pieces.registry, pieces.name);
  const std::string& version = pieces.tag.empty() ? pieces.version : pieces.tag;
  if (is_complete_reference(base)) {
    return made_of(pieces, base);
  }
  if (!version.empty() || !pieces.digest.empty()) {
    return made_of(pieces, with_version(base, version, pieces.digest));
  }
  return is_strict_reference(base) ? std::optional(made_of(pieces, base)) : std::nullopt;
}

std::optional<Composed> from(const Pieces& pieces, const ComposeContext& context) {
  if (!pieces.image.empty()) {
    return from_image(pieces, context);
  }
  if (!pieces.repository.empty()) {
    return from_repository(pieces, context);
  }
  if (!context.below_image_key) {
    return std::nullopt;
  }
  if (!pieces.name.empty()) {
    return from_name(pieces);
  }
  if (!pieces.tag.empty()) {
    return made_of(pieces, pieces.tag, "a tag without a repository");
  }
  return std::nullopt;
}

}  // namespace

std::vector<Composed> compose(const std::vector<NamedValue>& siblings, const ComposeContext& context) {
  std::map<std::string, Pieces> groups;
  for (const auto& [key, value] : siblings) {
    const KeyName name = classify_key(key);
    if (value.empty() || is_template(value) || (name.is_bare && !context.bare_keys)) {
      continue;
    }
    Pieces& pieces = groups[name.group];
    std::string* piece = piece_of(pieces, name.role);
    if (piece != nullptr && piece->empty()) {
      *piece = value;
      pieces.keys.insert(key);
      pieces.image_key = name.role == KeyRole::image ? key : pieces.image_key;
    }
  }
  std::vector<Composed> all;
  for (const auto& [group, pieces] : groups) {
    if (std::optional<Composed> made = from(pieces, context)) {
      all.push_back(*std::move(made));
    }
  }
  return all;
}

}  // namespace bundle::helm
