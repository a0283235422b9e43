#include "serve/seats.hpp"

#include <algorithm>

namespace bundle::serve {

bool Seats::is_full() const {
  const std::lock_guard lock(mutex_);
  return taken_ >= most_;
}

std::shared_ptr<void> Seats::take(const Address& address) {
  const Address client = client_of(address);
  const std::lock_guard lock(mutex_);
  const auto found = by_client_.find(client);
  const std::size_t has = found == by_client_.end() ? 0 : found->second;
  // A half of what is left, so that something is left for whoever comes next.
  const std::size_t left = most_ > taken_ ? most_ - taken_ : 0;
  if (has >= std::min(most_of_one_, (left + 1) / 2)) {
    return nullptr;
  }
  ++by_client_[client];
  ++taken_;
  return {this, [client](Seats* seats) { seats->leave(client); }};
}

void Seats::leave(const Address& client) {
  const std::lock_guard lock(mutex_);
  --taken_;
  const auto found = by_client_.find(client);
  if (--found->second == 0) {
    by_client_.erase(found);
  }
}

}  // namespace bundle::serve
