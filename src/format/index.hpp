#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/relpath.hpp"
#include "spec/component_network.hpp"
#include "spec/voucher.hpp"

namespace bundle::format {

constexpr std::string_view kFormat = "bundle/1";
constexpr std::uint64_t kMaxIndexBytes = 16 << 20;
constexpr std::uint64_t kMaxInstallerBytes = 64 << 20;
constexpr std::uint64_t kMaxSignatureBytes = 1024;
constexpr std::size_t kMaxParts = 10'000;
constexpr std::size_t kMaxPieces = 1'000;            ///< of one entry: `.split/000` to `.split/999`
constexpr std::uint64_t kMaxSizeBytes = 1ull << 50;  ///< of an entry or a part

/// Names of files in a bundle's folder.
constexpr std::string_view kIndexName = "bundle.json";
constexpr std::string_view kInstallerName = "bundle";
std::string signature_name(std::string_view file, std::string_view key_id);  ///< `bundle.json.KEYID.sig`
/// The entry that lists the digests of all others, as sha256sum -c reads it.
constexpr std::string_view kSumsPath = "SHA256SUMS";

/// Role names; empty means every role.
using Roles = std::set<std::string>;
/// Whether something with these roles is for a host with those.
bool is_for(const Roles& wanted, const Roles& host);

/// A stretch of an entry's data: `size_bytes` at `offset` of a part. Its header is the block before.
struct Piece {
  std::uint64_t part = 0;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  bool operator==(const Piece&) const = default;
};

/// A file of the payload. Several pieces are tar members PATH.split/000, … that `cat` joins.
struct Entry {
  RelPath path;
  unsigned mode = 0644;
  std::uint64_t size_bytes = 0;
  std::string sha256;  ///< lower-case hex
  std::vector<Piece> at;
  bool operator==(const Entry&) const = default;
};

/// The path in the tar of piece `number` of an entry.
std::string piece_path(const Entry& entry, std::size_t number);

/// A tar member: one piece of an entry.
struct Member {
  const Entry* entry;
  std::size_t piece;
  const Piece& at() const { return entry->at[piece]; }
};

struct Image {
  std::string ref;       ///< as the container runtime resolves it
  std::string digest;    ///< `sha256:…` of the image index or manifest that `ref` names
  std::string platform;  ///< `linux/amd64`
  std::uint64_t size_bytes =
      0;  ///< of its documents, config and layers, each once; shared ones count here too
  Roles roles;
  std::vector<std::string> why;  ///< each a chain from versions.yml, links joined by " > "
  spec::Voucher vouched;
  bool operator==(const Image&) const = default;
};

struct Rpm {
  std::string nevra;
  std::string path;  ///< of an entry
  std::string repository;
  Roles roles;
  std::string trust;  ///< `header`, `repo` or `both`
  std::vector<std::string> why;
  bool operator==(const Rpm&) const = default;
};

struct Chart {
  std::string name;
  std::string version;
  std::string path;  ///< of an entry
  std::string release;
  std::string namespace_;
  std::vector<std::string> values;  ///< paths of entries; the last one wins
  bool skip_schema = false;         ///< helm does not check values against the chart's schema
  std::string component;            ///< empty for a chart of versions.yml itself
  Roles roles;
  std::vector<std::string> why;
  spec::Voucher vouched;
  bool operator==(const Chart&) const = default;
};

struct Component {
  std::string name;
  std::string version;
  std::vector<std::string> needs;
  std::string apply;  ///< role of the node that applies it
  Roles roles;
  json::Value health = json::Array();  ///< a list of objects, as the catalogue has it
  std::string pod_security;
  std::optional<spec::PodNetwork> network;  ///< it gives pods their network
  spec::ComponentPorts ports;
  std::string smoke;  ///< path of an entry, or empty
  bool operator==(const Component&) const = default;
};

struct File {
  std::string path;  ///< of an entry
  std::string to;    ///< absolute path on the host, or empty
  unsigned mode = 0644;
  Roles roles;
  std::string url;
  spec::Voucher vouched;
  bool operator==(const File&) const = default;
};

struct Manifest {
  std::string path;  ///< of an entry
  std::string component;
  std::string source;  ///< URL, or a path in the catalogue
  spec::Voucher vouched;
  bool operator==(const Manifest&) const = default;
};

struct Program {
  std::string path;    ///< of an entry below bin/
  std::string source;  ///< URL of the archive that it was in
  spec::Voucher vouched;
  bool operator==(const Program&) const = default;
};

struct Part {
  std::string name;
  std::uint64_t size_bytes = 0;
  std::string sha256;  ///< lower-case hex; empty in bundles from before there was one, then for every part
  bool operator==(const Part&) const = default;
};

struct Installer {
  std::string sha256;
  std::uint64_t size_bytes = 0;
  bool operator==(const Installer&) const = default;
};

/// bundle.json: everything that a bundle holds. Sizes and digests of charts, RPMs, files and manifests are
/// those of their entries. Format: docs/formats/bundle.md.
struct Index {
  std::string name;
  std::string version;
  std::string target;
  std::string arch;
  std::string created;  ///< 2026-11-21T20:00:00Z
  std::string lock;     ///< `sha256:…` of versions.lock.json
  std::string needs_tool;
  Installer installer;
  std::vector<Part> parts;
  std::vector<Entry> entries;
  std::vector<Image> images;
  std::vector<Rpm> rpms;
  std::vector<Chart> charts;
  std::vector<Component> components;
  std::vector<File> files;
  std::vector<Manifest> manifests;
  std::vector<Program> programs;  ///< none in bundles from before they were listed
  bool operator==(const Index&) const = default;

  /// NAME-VERSION-ARCH: the folder, and the stem of the parts.
  std::string base_name() const { return name + "-" + version + "-" + arch; }
  /// The entry with this path, or null. Entries must be sorted, as in a parsed index.
  const Entry* find_entry(std::string_view path) const;
  /// The component with this name, or null.
  const Component* find_component(std::string_view wanted) const;
};

/// What a part holds, first to last. `index` must outlive it.
std::vector<Member> members_of(const Index& index, std::uint64_t part);

std::string part_name(std::string_view base_name, std::size_t number);  ///< `BASE.000.tar`

/// Sorts every list by its key, as the canonical form has it (parts stay).
void sort_lists(Index& index);

/// RFC 8785 text of the sorted index.
std::string to_canonical_json(Index index);

/// Strict reading of an index whose signature has been checked (or that is shown as unverified): refuses
/// anything that is not the canonical form of a consistent index. Throws Error(integrity); for a newer format
/// or `needs` the message names the version of the tool that is needed.
Index parse_index(std::string_view text, const std::string& name);

/// The content of SHA256SUMS for these entries (itself left out), sorted by path.
std::string sums_text(const std::vector<Entry>& entries);

}  // namespace bundle::format
