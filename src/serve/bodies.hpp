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

/// An entry, whole or a stretch of it. Where its digest is checked here, the last bytes of a whole one come
/// only when it is right, and before the first stretch of an entry all of it is read once. `media` and
/// `entry` must outlive it.
class EntryBody : public Body {
 public:
  /// Throws Error(usage) when a part is not there.
  EntryBody(Media& media, const format::Entry& entry, std::optional<Slice> slice, Checks checks);
  bool prepare(std::span<std::byte> buffer) override;
  Bytes next(std::span<std::byte> buffer) override;

 private:
  using Read = Bytes (EntryBody::*)(std::span<std::byte> buffer);
  Bytes guarded(Read read, std::span<std::byte> buffer);
  Bytes read_slice(std::span<std::byte> buffer);
  Bytes read_whole(std::span<std::byte> buffer);
  void take_turn(const format::Piece& piece, std::uint64_t offset);

  Media& media_;
  const format::Entry& entry_;
  std::shared_ptr<const OpenParts> opened_;
  format::EntryReader reader_;
  std::optional<Slice> slice_;
  Checks checks_;
  std::uint64_t cached_ = 0;  ///< where in its part the last turn ended
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
