#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/progress.hpp"
#include "build/fill_journal.hpp"
#include "build/region.hpp"
#include "build/source.hpp"

namespace bundle::build {

/// Takes one entry's bytes as they come: hashes them, gathers them to larger writes into the region, and
/// journals how far the region is filled. What is gathered and not yet written is lost with an exception; no
/// journal line speaks of it.
class Receiver {
 public:
  /// All must outlive it.
  Receiver(std::size_t number, const PlannedEntry& entry, const Region& region, FillJournal& journal,
           Progress& progress);

  /// Takes over the first `size_bytes` that lie in the region already.
  void take_over(std::uint64_t size_bytes);

  /// `offset` is where the server begins: not position() only when it ignored the Range, and starts over.
  /// Throws Error(integrity) for another offset, and for more bytes than were locked.
  void receive(Bytes bytes, std::uint64_t offset);

  /// How many bytes came.
  std::uint64_t position() const { return position_; }

  /// Writes what is gathered. Whether all came and it is what was locked; the digest found goes to `found`.
  bool is_right(std::string& found);

 private:
  void restart();
  void gather(Bytes bytes);
  void write(Bytes bytes);

  std::size_t number_;
  const PlannedEntry& entry_;
  const Region& region_;
  FillJournal& journal_;
  Progress& progress_;
  Hasher hasher_;
  std::vector<std::byte> gathered_;
  std::uint64_t position_ = 0;
  std::uint64_t written_ = 0;       ///< position_ without what is gathered
  std::uint64_t written_back_ = 0;  ///< what the kernel was told to begin with
  std::uint64_t recorded_ = 0;      ///< what the journal knows of
};

}  // namespace bundle::build
