#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "format/index.hpp"

namespace bundle::build {

/// The SHA-256 of one part, taken while its entries are written, several at a time and in any order. Bytes
/// that follow what is hashed already are hashed as they pass; what was written ahead of that is read once
/// more, out of the page cache as a rule, when its turn comes. Safe from several threads.
class PartDigest {
 public:
  /// Reads from `fd`, which must outlive it, as must `index`; `name` is for messages.
  PartDigest(const format::Index& index, std::uint64_t part, int fd, std::string name);

  /// These bytes of an entry lie in the part at `offset` now. Those of one entry pass in order; one that
  /// begins anew takes back what it passed before.
  void passed(std::uint64_t offset, Bytes bytes);
  /// Hashes what was written ahead and whose turn has come; not while another thread does so.
  void catch_up();
  /// The digest, once all entries are written.
  std::string finish();

 private:
  struct Member : format::Member {
    std::uint64_t filled = 0;  ///< bytes of it that lie in the part

    std::uint64_t end() const { return at().offset + at().size_bytes; }
  };
  Member& member_at(std::uint64_t offset);
  void read_ahead(std::unique_lock<std::mutex>& lock);
  void advance(std::uint64_t size_bytes);
  void begin();
  void pass_frame();

  std::mutex mutex_;
  int fd_;
  std::string name_;
  std::vector<Member> members_;  // by offset
  std::size_t next_ = 0;         // the member that hashed_ is in
  Hasher hasher_;                // a thread has it alone while is_busy_
  bool is_busy_ = false;
  bool is_spoilt_ = false;          // what was hashed was written anew
  std::uint64_t hashed_ = 0;        // up to here
  std::uint64_t being_hashed_ = 0;  // up to here by the busy thread
};

}  // namespace bundle::build
