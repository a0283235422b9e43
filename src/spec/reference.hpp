#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "spec/digest.hpp"

namespace bundle::spec {

/// An image reference as the container runtime resolves it: host always there (`docker.io` by default,
/// `library/` added for its one-word names), `latest` when neither tag nor digest is given; tag and digest
/// both kept. Source: github.com/distribution/reference, reference.go and normalize.go.
struct Reference {
  std::string host;        ///< `registry.k8s.io`, `localhost:5000`
  std::string repository;  ///< `library/busybox`
  std::string tag;         ///< empty when only a digest is given
  std::optional<Digest> digest;

  std::string name() const { return host + "/" + repository; }
  /// `host/repository[:tag][@digest]`.
  std::string str() const;
  bool operator==(const Reference&) const = default;
  auto operator<=>(const Reference& other) const { return str() <=> other.str(); }
};

/// One of the words between the slashes of a repository: `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
bool is_path_component(std::string_view text);

/// Normalises; nothing when the text is no reference (upper-case repository, bad tag, white space, `{{`, …).
std::optional<Reference> parse_reference(std::string_view text);
/// The same; throws Error(spec) that quotes the text.
Reference reference(std::string_view text);

/// For messages: text that is meant as a reference, at most 300 bytes of it, and without the `me:secret` of
/// `me:secret@host/repository`: registries have logins, and references none.
std::string shown_reference(std::string_view text);

}  // namespace bundle::spec
