#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/relpath.hpp"

namespace bundle::rpm {

/// No repomd.xml in the wild is near this; more is refused before it is read.
inline constexpr std::uint64_t kMaxRepomdBytes = 1ull << 20;
/// Of one metadata file, compressed and unpacked: the filelists of a whole Fedora are about 700 MiB.
inline constexpr std::uint64_t kMaxMetadataBytes = 512ull << 20;
inline constexpr std::uint64_t kMaxOpenMetadataBytes = 1ull << 30;

/// One `<data>` of repomd.xml.
struct MetadataFile {
  std::string type;  ///< `primary`, `filelists`, `modules`, …
  RelPath location;  ///< below the repository's folder
  HashKind checksum_kind = HashKind::sha256;
  std::string checksum;               ///< lower-case hex, of the file as it lies there
  std::uint64_t size_bytes = 0;       ///< 0: not stated
  std::uint64_t open_size_bytes = 0;  ///< unpacked; 0: not stated
  bool operator==(const MetadataFile&) const = default;
};

/// The index of a repository's metadata.
struct Repomd {
  std::string revision;
  std::map<std::string, MetadataFile> files;  ///< by type

  const MetadataFile* find(const std::string& type) const;
};

/// Parses repomd.xml; `name` goes into errors. Unknown elements are skipped, as are types that we never use
/// when they are malformed. Throws Error(integrity) for anything else that is wrong: no XML, a document type
/// declaration, a location outside the repository, a checksum that is none, a type twice, a size over the
/// caps, no primary. Source: createrepo_c's repomd.xml, http://linux.duke.edu/metadata/repo.
Repomd parse_repomd(std::string_view bytes, const std::string& name);

/// The files that a closure needs: primary, and modules where there are some. Filelists come when
/// `Sack` asks for them.
std::vector<MetadataFile> plan_metadata(const Repomd& repomd);

/// True for hash functions that a signature over repomd.xml may rest on.
bool establishes_trust(HashKind kind);

}  // namespace bundle::rpm
