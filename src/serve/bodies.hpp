#pragma once

#include <memory>
#include <optional>
#include <string>

#include "format/entry_reader.hpp"
#include "format/plain_file.hpp"
#include "serve/http.hpp"
#include "serve/media.hpp"

// Where the bytes of answers come from.
namespace bundle::serve {

class TextBody : public Body {
 public:
  explicit TextBody(std::shared_ptr<const std::string> text) : text_(std::move(text)), slice_(all()) {}
  TextBody(std::shared_ptr<const std::string> text, Slice slice) : text_(std::move(text)), slice_(slice) {}
  Bytes next(std::span<std::byte> buffer) override;

 private:
  Slice all() const { return {.size_bytes = text_->size()}; }

  std::shared_ptr<const std::string> text_;
  Slice slice_;
};

/// An entry, whole or a stretch of it. Of a whole one the last bytes come only when the digest of all is
/// right; before the first stretch of an entry all of it is read once. `media` and `entry` must outlive it.
class EntryBody : public Body {
 public:
  /// Throws Error(usage) when a part is not there.
  EntryBody(Media& media, const format::Entry& entry, std::optional<Slice> slice);
  bool prepare(std::span<std::byte> buffer) override;
  Bytes next(std::span<std::byte> buffer) override;

 private:
  using Read = Bytes (EntryBody::*)(std::span<std::byte> buffer);
  Bytes guarded(Read read, std::span<std::byte> buffer);
  Bytes read_slice(std::span<std::byte> buffer);
  Bytes read_whole(std::span<std::byte> buffer);

  Media& media_;
  const format::Entry& entry_;
  std::shared_ptr<const OpenParts> opened_;
  format::EntryReader reader_;
  std::optional<Slice> slice_;
};

/// A stretch of an entry whose digest the receiver compares. Several are read at once from one device, which
/// likes one after the other: each has its turn to get so much into the page cache that going from one to the
/// other costs little. `media` and `entry` must outlive it.
class UncheckedBody : public Body {
 public:
  /// Throws Error(usage) when a part is not there.
  UncheckedBody(Media& media, const format::Entry& entry, Slice slice);
  Bytes next(std::span<std::byte> buffer) override;

 private:
  void take_turn();

  Media& media_;
  const format::Entry& entry_;
  std::shared_ptr<const OpenParts> opened_;
  Slice slice_;
  std::uint64_t cached_ = 0;  ///< where in the entry the last turn ended
};

/// A file of the bundle's folder. Where its digest is given the last bytes come only when it is right.
class FileBody : public Body {
 public:
  /// `sha256` in hex; empty for a stretch, and for what the receiver has to check.
  FileBody(format::PlainFile file, std::string name, Slice slice, std::string sha256)
      : file_(std::move(file)), name_(std::move(name)), slice_(slice), sha256_(std::move(sha256)) {}
  Bytes next(std::span<std::byte> buffer) override;

 private:
  void check(Bytes bytes);

  format::PlainFile file_;
  std::string name_;
  Slice slice_;
  std::string sha256_;
  Hasher hasher_;
};

}  // namespace bundle::serve
