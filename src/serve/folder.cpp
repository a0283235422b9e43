#include "serve/folder.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "format/plain_file.hpp"
#include "format/signed_file.hpp"
#include "serve/bodies.hpp"

namespace bundle::serve {
namespace {

namespace stdfs = std::filesystem;

/// A file as it is to be served.
struct Found {
  stdfs::path path;
  std::string sha256;  ///< checked while it is read; may be empty
  std::string etag;
  std::optional<std::uint64_t> size_bytes;  ///< that it has to have
};

/// Where a part lies, with the size that it has to have.
stdfs::path part_path(const Media& media, const format::Part& part) {
  for (const stdfs::path& folder : media.folders()) {
    const std::optional<format::PlainFile> file = format::open_plain_file(folder / part.name);
    if (file && file->size_bytes == part.size_bytes) {
      return folder / part.name;
    }
  }
  throw Error(ErrorKind::usage, fmt::format("the part {} is not there, or has not its size", part.name),
              "put the medium back that has it");
}

/// A part's own ETag where the index has its digest; otherwise the index and its number tell it apart.
std::string part_etag(const Media& media, const format::Part& part) {
  return part.sha256.empty() ? fmt::format("\"{}/{}\"", media.verified().sha256(), part.name)
                             : etag_of(part.sha256);
}

std::optional<Found> find_file(const Media& media, const std::string& name) {
  const format::Index& index = media.index();
  const stdfs::path path = media.verified().folder() / name;
  if (name == format::kIndexName) {
    const std::string& sha256 = media.verified().sha256();
    return Found{.path = path, .sha256 = sha256, .etag = etag_of(sha256)};
  }
  if (name == format::kInstallerName) {
    const format::Installer& installer = index.installer;
    return Found{.path = path,
                 .sha256 = installer.sha256,
                 .etag = etag_of(installer.sha256),
                 .size_bytes = installer.size_bytes};
  }
  if (format::is_signature_of(name, format::kIndexName) ||
      format::is_signature_of(name, format::kInstallerName)) {
    const std::optional<std::string> signature = format::read_plain_file(path, format::kMaxSignatureBytes);
    return signature ? std::optional(Found{.path = path, .etag = etag_of(sha256_hex(*signature))})
                     : std::nullopt;
  }
  const auto part = std::ranges::find(index.parts, name, &format::Part::name);
  if (part == index.parts.end()) {
    return std::nullopt;
  }
  return Found{
      .path = part_path(media, *part), .etag = part_etag(media, *part), .size_bytes = part->size_bytes};
}

/// Throws Error(usage) when it is not there, or has another size.
format::PlainFile open_found(const Found& found) {
  std::optional<format::PlainFile> file = format::open_plain_file(found.path);
  if (!file || (found.size_bytes && file->size_bytes != *found.size_bytes)) {
    fail(ErrorKind::usage, "the file {} is not there, or has not its size", found.path.filename().string());
  }
  return std::move(*file);
}

}  // namespace

std::optional<Content> folder_content(const Media& media, const std::string& name) {
  const std::optional<Found> found = find_file(media, name);
  if (!found) {
    return std::nullopt;
  }
  const std::uint64_t size_bytes = open_found(*found).size_bytes;
  return Content{.type = std::string(media_type_of(name)),
                 .etag = found->etag,
                 .size_bytes = size_bytes,
                 .open = [found = *found, size_bytes](std::optional<Slice> slice) {
                   return std::make_unique<FileBody>(
                       open_found(found), found.path.filename().string(),
                       slice.value_or(Slice{.offset = 0, .size_bytes = size_bytes}),
                       slice ? std::string() : found.sha256);
                 }};
}

}  // namespace bundle::serve
