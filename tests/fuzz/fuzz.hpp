#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/hash.hpp"

/// What libFuzzer calls; each target defines it. Source: llvm.org/docs/LibFuzzer.html
extern "C" int LLVMFuzzerTestOneInput(  // NOLINT(readability-identifier-naming): the name is libFuzzer's
    const std::uint8_t* data, std::size_t size);

namespace bundle::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the run with a finding when a promise of the code does not hold.
inline void require(bool holds, const char* promise) {
  if (!holds) {
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
  }
}

/// Calls `use`; true when it came to its end. An Error is a fine answer to bytes from outside, unless it says
/// that the fault is ours; any other exception ends the run.
template <class Use>
bool accepts(Use&& use) {
  try {
    use();
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::bug) {
      std::fprintf(stderr, "%s\n", render(error).c_str());
      std::abort();
    }
    return false;
  }
}

/// Takes numbers off the front of an input; zeros when it is used up.
class Numbers {
 public:
  explicit Numbers(std::string_view rest) : rest_(rest) {}
  bool empty() const { return rest_.empty(); }
  std::uint64_t take(std::size_t bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes && !rest_.empty(); ++i) {
      number = number << 8 | static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
    }
    return number;
  }
  std::string_view text(std::size_t bytes) {
    const std::string_view piece = rest_.substr(0, bytes);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view rest_;
};

}  // namespace bundle::fuzz
