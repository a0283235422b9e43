#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "spec/component.hpp"
#include "spec/digest.hpp"
#include "spec/voucher.hpp"

namespace bundle::spec {

struct LockedBlob {
  Digest digest;
  std::uint64_t size_bytes = 0;
  bool operator==(const LockedBlob&) const = default;
};

struct LockedImage {
  std::string ref;         ///< normalised
  Digest digest;           ///< what the reference named at lock time: an index or a manifest
  std::string media_type;  ///< of that
  Digest manifest;         ///< of the platform
  std::string platform;
  std::vector<LockedBlob> documents;  ///< index (if any) and manifest: fetched as manifests
  std::vector<LockedBlob> blobs;      ///< config and layers
  Roles roles;
  std::vector<std::string> why;  ///< chains from versions.yml, parts joined by " > "
  Voucher vouched;
  bool operator==(const LockedImage&) const = default;
};

struct LockedRpm {
  std::string nevra;
  std::string repository;
  std::string url;
  HashKind checksum_kind = HashKind::sha256;
  std::string checksum;
  std::uint64_t size_bytes = 0;
  Roles roles;
  std::vector<std::string> why;
  bool operator==(const LockedRpm&) const = default;
};

struct LockedKey {
  GpgKey key;
  std::string sha256;  ///< of the key file
  bool operator==(const LockedKey&) const = default;
};

struct LockedRepository {
  std::string id;
  std::string url;
  SignedBy signed_by = SignedBy::header;
  std::vector<LockedKey> keys;
  std::optional<ClientCert> client_cert;
  bool operator==(const LockedRepository&) const = default;
};

/// A small file of the bundle. `source` is an upstream URL, `oci://HOST/REPOSITORY:TAG` (a chart),
/// `spec:PATH` (beside versions.yml) or `catalogue:PATH` (below manifests/). With `extract` the source is an
/// archive (`archive_sha256`) and this its member.
struct LockedText {
  std::string path;  ///< in the bundle
  std::string source;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::string extract;
  std::string archive_sha256;
  std::uint64_t archive_size_bytes = 0;
  Voucher vouched;  ///< `own` for all that is local
  bool operator==(const LockedText&) const = default;
};

struct LockedChart {
  std::string name;
  std::string version;
  LockedText archive;
  std::vector<std::string> values;  ///< paths in the bundle of its values files, the last one wins
  std::string release;
  std::string namespace_;
  bool skip_schema = false;
  std::string component;  ///< empty: from `charts:` of versions.yml
  std::vector<std::string> why;
  bool operator==(const LockedChart&) const = default;
};

struct LockedManifest {
  std::string component;
  LockedText text;
  bool operator==(const LockedManifest&) const = default;
};

struct LockedFile {
  std::string path;  ///< below files/
  std::string url;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  Roles roles;
  std::string to;
  unsigned mode = 0644;
  Voucher vouched;
  bool operator==(const LockedFile&) const = default;
};

struct LockedComponent {
  std::string name;
  std::string version;
  std::vector<std::string> needs;
  Roles roles;
  std::string apply;
  std::string pod_security;
  std::optional<PodNetwork> network;
  ComponentPorts ports;
  json::Value health;
  std::string smoke;
  bool operator==(const LockedComponent&) const = default;
};

/// versions.lock.json: the exact answer to a versions.yml. All lists are sorted by their first field.
struct Lock {
  std::string name;
  std::string version;
  std::string os;
  std::string arch;
  std::string base;
  std::string locked_at;  ///< the only date there is
  std::string inputs;     ///< sha256 over versions.yml and every local file that it and its components name
  bool slim = false;      ///< without the RPM closure on nothing
  std::vector<LockedComponent> components;
  std::vector<LockedImage> images;
  std::vector<LockedRepository> repositories;
  std::vector<LockedRpm> rpms;
  std::vector<LockedChart> charts;
  std::vector<LockedManifest> manifests;
  std::vector<LockedText> texts;  ///< values files
  std::vector<LockedText> programs;
  std::vector<LockedFile> files;
  bool operator==(const Lock&) const = default;
};

/// Stable text: two-space JSON, sorted. The same lock gives the same bytes.
std::string to_text(const Lock& lock);
/// Strict; throws Error(spec) that names the member.
Lock parse_lock(std::string_view text, const std::string& name);
Lock load_lock(const std::filesystem::path& file);

/// Something of a lock, named as in describe_changes, and who vouched for it.
struct Vouched {
  std::string name;
  Voucher voucher;
};
/// Everything that a lock holds; of packages it follows from their repository.
std::vector<Vouched> vouched_of(const Lock& lock);

/// What changed between two locks, a line each (`+ image … (first use)`, `- rpm …`, `~ image REF OLD -> NEW
/// (…)`, with who vouches for it now; `~ chart X vouched: OLD -> NEW`); none when equal but for locked_at.
std::vector<std::string> describe_changes(const Lock& before, const Lock& after);

}  // namespace bundle::spec
