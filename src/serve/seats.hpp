#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "serve/addresses.hpp"

namespace bundle::serve {

/// How many connections there are, in all and of each client. The fewer places are left, the fewer one client
/// may have: a half of them, so that many from a few addresses do not keep others out. It must outlive the
/// places that it gives.
class Seats {
 public:
  Seats(std::size_t most, std::size_t most_of_one) : most_(most), most_of_one_(most_of_one) {}

  bool is_full() const;

  /// A place for as long as the result lives; null when the client of this address has as many as it may now.
  std::shared_ptr<void> take(const Address& address);

 private:
  void leave(const Address& client);

  const std::size_t most_;
  const std::size_t most_of_one_;
  mutable std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<Address, std::size_t> by_client_;
};

}  // namespace bundle::serve
