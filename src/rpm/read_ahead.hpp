#pragma once

#include <sys/types.h>

#include <array>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

namespace bundle::rpm {

/// Reads a stream on a thread of its own, two blocks ahead at most: unpacking goes on while libsolv parses.
/// One reader; `inner` must outlive it, and nobody else may use it meanwhile.
class ReadAhead {
 public:
  explicit ReadAhead(FILE* inner);
  /// Ends the thread after the block that it is at.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// At least one byte and at most `size`; 0 at the end, -1 when the stream cannot be read further.
  ssize_t read(char* buffer, std::size_t size);

 private:
  void run();
  bool fill_next();

  FILE* inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::vector<char>, 2> blocks_;  ///< allocated before the thread starts: it may not throw
  std::size_t filled_ = 0;                   ///< blocks so far
  std::size_t taken_ = 0;
  std::size_t position_ = 0;  ///< in the block that is being taken
  bool is_ended_ = false;
  bool is_broken_ = false;
  bool is_unwanted_ = false;
  std::thread thread_;
};

}  // namespace bundle::rpm
