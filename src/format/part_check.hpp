#pragma once

#include <map>
#include <string>
#include <vector>

#include "format/index.hpp"
#include "format/tar.hpp"

namespace bundle::format {

/// The digests of entries whose pieces lie in several parts, while the parts go by one after the other.
class SplitEntries {
 public:
  /// The next bytes of piece `number`. A piece is passed over where those before it were not seen.
  void update(const Entry& entry, std::size_t number, Bytes bytes);
  /// At the end of piece `number`: whether nothing speaks against it. False only behind the last piece.
  bool end_piece(const Entry& entry, std::size_t number);
  /// Whether all pieces were seen, and make what the index says.
  bool is_right(const Entry& entry) const;

 private:
  struct Seen {
    std::size_t pieces = 0;  // whole ones
    Hasher hasher;
    bool is_right = false;
  };
  std::map<const Entry*, Seen> seen_;
};

/// Checks one part while its bytes go by, first to last: every header, entry, padding and the end. Throws
/// Error(integrity) that names part and entry as soon as something is not what the index implies; an entry's
/// digest is known only behind its last byte. What is passed on meanwhile must not be used before finish().
class PartCheck {
 public:
  /// `path` is for messages. `index` and `split` must outlive it; `split` is handed from part to part.
  PartCheck(const Index& index, std::uint64_t part, std::string path, SplitEntries& split);

  void update(Bytes bytes);
  /// Throws when bytes are missing, or the part's own digest is another one.
  void finish();
  /// What comes next, for the words of an error in reading it.
  std::string place() const;

 private:
  /// How many of these bytes belong to the header, data or padding that comes next; checks them.
  std::size_t take(Bytes bytes);
  std::size_t take_trailer(Bytes bytes);
  void take_data(Bytes bytes);
  void end_member();
  const Piece& piece() const { return next_->at(); }
  [[noreturn]] void fail_here(std::string_view what) const;

  const Part& part_;
  std::uint64_t number_;
  std::string path_;
  SplitEntries& split_;
  std::vector<Member> members_;
  std::vector<Member>::const_iterator next_;
  TarHeader header_{};
  Hasher hasher_;  // of an entry in one piece
  Hasher part_hasher_;
  std::vector<std::string> split_here_;  // paths of the entries whose pieces only the part's digest covers
  std::uint64_t offset_ = 0;
};

/// The entries that have a piece in this part and others elsewhere.
std::vector<const Entry*> split_entries_of(const Index& index, std::uint64_t part);

}  // namespace bundle::format
