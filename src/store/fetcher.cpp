#include "store/fetcher.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/status.hpp"
#include "net/url.hpp"
#include "store/places.hpp"

namespace bundle::store {
namespace {

/// Size, the wanted checksum and sha256 of bytes that come in order, in one pass.
class Tally {
 public:
  explicit Tally(HashKind kind) : kind_(kind), wanted_(kind) {}

  void add(Bytes bytes) {
    size_bytes_ += bytes.size();
    wanted_.update(bytes);
    if (kind_ != HashKind::sha256) {
      sha256_.update(bytes);
    }
  }
  void restart() { *this = Tally(kind_); }
  std::uint64_t size_bytes() const { return size_bytes_; }

  struct Result {
    std::string wanted_hex;
    std::string sha256_hex;
    std::uint64_t size_bytes;
  };
  Result finish() {
    std::string wanted = wanted_.finish_hex();
    std::string sha256 = kind_ == HashKind::sha256 ? wanted : sha256_.finish_hex();
    return {std::move(wanted), std::move(sha256), size_bytes_};
  }

 private:
  HashKind kind_;
  Hasher wanted_;
  Hasher sha256_;
  std::uint64_t size_bytes_ = 0;
};

void add_file(Tally& tally, int fd, const std::string& name) {
  std::array<std::byte, 128 << 10> buffer{};
  while (true) {
    const ssize_t count = pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(tally.size_bytes()));
    if (count < 0) {
      fail_errno("read", name, errno);
    }
    if (count == 0) {
      return;
    }
    tally.add(Bytes(buffer.data(), static_cast<std::size_t>(count)));
  }
}

void truncate_file(const Partial& partial) {
  if (ftruncate(partial.fd(), 0) != 0) {
    fail_errno("truncate", partial.path().string(), errno);
  }
}

std::uint64_t limit_of(const Wanted& wanted) {
  if (wanted.size_bytes.value_or(0) > wanted.limit_bytes) {
    fail(ErrorKind::integrity, "{} is said to have {} bytes; more than {} are not taken",
         net::redact_url(wanted.url), *wanted.size_bytes, wanted.limit_bytes);
  }
  return wanted.size_bytes.value_or(wanted.limit_bytes);
}

/// What is wrong with the content; empty when nothing.
std::string fault_of(const Wanted& wanted, const Tally::Result& found) {
  if (wanted.size_bytes && *wanted.size_bytes != found.size_bytes) {
    return fmt::format("{} has the wrong size: expected {} bytes, found {}", net::redact_url(wanted.url),
                       *wanted.size_bytes, found.size_bytes);
  }
  if (!wanted.hex.empty() && wanted.hex != found.wanted_hex) {
    return fmt::format("{} has the wrong checksum: expected {} {}, found {}", net::redact_url(wanted.url),
                       to_string(wanted.kind), wanted.hex, found.wanted_hex);
  }
  return {};
}

/// Appends to the partial file what it still lacks; counts everything in it.
Tally::Result complete(const Fetcher& fetcher, const Wanted& wanted, const Partial& partial) {
  Tally tally(wanted.kind);
  const std::string name = partial.path().string();
  add_file(tally, partial.fd(), name);
  const net::BodySink sink = [&](Bytes bytes, std::uint64_t offset) {
    if (offset != tally.size_bytes()) {
      truncate_file(partial);
      tally.restart();
    }
    pwrite_all(partial.fd(), bytes, offset, name);
    tally.add(bytes);
  };
  if (!wanted.size_bytes || tally.size_bytes() < *wanted.size_bytes) {
    fetcher.stream(wanted.url, tally.size_bytes(), limit_of(wanted), sink, wanted.tls_client);
  }
  return tally.finish();
}

/// Fills the partial file with right content, or throws Error(integrity).
Tally::Result fill(const Fetcher& fetcher, const Wanted& wanted, const Partial& partial) {
  if (wanted.hex.empty()) {
    truncate_file(partial);  // nothing would tell whether an earlier part belongs to the same content
  }
  const bool is_resumed = ::lseek(partial.fd(), 0, SEEK_END) > 0;
  Tally::Result found = complete(fetcher, wanted, partial);
  std::string fault = fault_of(wanted, found);
  if (!fault.empty() && is_resumed) {  // perhaps the old part was at fault
    truncate_file(partial);
    found = complete(fetcher, wanted, partial);
    fault = fault_of(wanted, found);
  }
  if (!fault.empty()) {
    throw Error(ErrorKind::integrity, fault);
  }
  return found;
}

}  // namespace

Error gone(const Error& error) {
  return error.kind() != ErrorKind::unresolvable ? error
                                                 : Error(ErrorKind::network, "gone: " + error.message(),
                                                         "lock again, or name a mirror that still has it");
}

void Fetcher::stream(const std::string& url, std::uint64_t from, std::uint64_t limit_bytes,
                     const net::BodySink& sink, const std::optional<net::TlsClient>& tls_client) const {
  std::uint64_t position = from;
  const net::BodySink counting = [&](Bytes bytes, std::uint64_t offset) {
    sink(bytes, offset);
    position = offset + bytes.size();
  };
  ask_in_order(mirrors_.candidates(url), [&](const std::string& place) {
    return http_.send(
        {.url = place, .range_from = position, .limit_bytes = limit_bytes, .tls_client = tls_client},
        &counting);
  });
}

std::string Fetcher::fetch_text(const std::string& url, std::uint64_t limit_bytes,
                                const std::optional<net::TlsClient>& tls_client) const {
  return ask_in_order(
             mirrors_.candidates(url),
             [&](const std::string& place) {
               return http_.send({.url = place, .limit_bytes = limit_bytes, .tls_client = tls_client});
             })
      .body;
}

std::string Fetcher::fetch_head(const std::string& url, std::uint64_t head_bytes,
                                const std::optional<net::TlsClient>& tls_client) const {
  return ask_in_order(mirrors_.candidates(url),
                      [&](const std::string& place) {
                        return http_.send({.url = place,
                                           .head_bytes = head_bytes,
                                           .limit_bytes = std::numeric_limits<std::uint64_t>::max(),
                                           .tls_client = tls_client,
                                           .patience = net::Patience::once});
                      })
      .body;
}

std::optional<std::uint64_t> Fetcher::announced_size(const std::string& url) const {
  bool is_head_unknown = false;
  const Explain explain = [&](const net::HttpResponse& response, const std::string& place) {
    Error error = net::status_error(response, place, net::redact_url(url.substr(url.rfind('/') + 1)));
    if (response.status != 405 && response.status != 501) {
      return error;
    }
    is_head_unknown = true;  // as good as not found here: the next place may know more
    return Error(ErrorKind::unresolvable, error.message());
  };
  try {
    const net::HttpResponse response = ask_in_order(
        mirrors_.candidates(url),
        [&](const std::string& place) { return http_.send({.url = place, .method = "HEAD"}); }, explain);
    return parse_unsigned(response.header("content-length"));
  } catch (const Error& error) {
    if (is_head_unknown && error.kind() == ErrorKind::unresolvable) {
      return std::nullopt;
    }
    throw;
  }
}

std::optional<Fetched> Fetcher::find_cached(const Wanted& wanted) const {
  if (wanted.hex.empty()) {
    return std::nullopt;
  }
  const std::filesystem::path path = cache_.blob(wanted.kind, wanted.hex);
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  Tally tally(wanted.kind);
  add_file(tally, open_file(path, OpenMode::read).get(), path.string());
  const Tally::Result found = tally.finish();
  if (found.wanted_hex != wanted.hex) {
    std::filesystem::remove(path);  // a disk forgets: fetch it again
    return std::nullopt;
  }
  if (const std::string fault = fault_of(wanted, found); !fault.empty()) {
    throw Error(ErrorKind::integrity, fault);
  }
  return Fetched{
      .path = path, .sha256_hex = found.sha256_hex, .size_bytes = found.size_bytes, .from_cache = true};
}

/// By way of the cache, so that whoever wants it has a file, and the next build has it as well.
std::optional<Fetched> Fetcher::find_near(const Wanted& wanted) const {
  const bool is_askable = near_ != nullptr && wanted.kind == HashKind::sha256 && !wanted.hex.empty();
  const auto size_bytes = is_askable ? near_->size_bytes(wanted.hex) : std::nullopt;
  if (!size_bytes || *size_bytes > limit_of(wanted)) {
    return std::nullopt;
  }
  Partial partial = cache_.open_partial("near\n" + wanted.hex);
  truncate_file(partial);
  Tally tally(wanted.kind);
  const bool is_whole = near_->read(wanted.hex, [&](Bytes bytes, std::uint64_t offset) {
    pwrite_all(partial.fd(), bytes, offset, partial.path().string());
    tally.add(bytes);
  });
  const Tally::Result found = tally.finish();
  if (!is_whole || !fault_of(wanted, found).empty()) {
    partial.discard();
    return std::nullopt;
  }
  return Fetched{.path = cache_.commit(std::move(partial), wanted.kind, wanted.hex),
                 .sha256_hex = found.sha256_hex,
                 .size_bytes = found.size_bytes};
}

std::optional<Fetched> Fetcher::find_local(const Wanted& wanted) const {
  auto cached = find_cached(wanted);
  return cached ? std::move(cached) : find_near(wanted);
}

Fetched Fetcher::fetch(const Wanted& wanted) const {
  if (auto local = find_local(wanted)) {
    return *std::move(local);
  }
  Partial partial = cache_.open_partial(wanted.url + "\n" + wanted.hex);
  try {
    const Tally::Result found = fill(*this, wanted, partial);
    return {.path = cache_.commit(std::move(partial), wanted.kind, found.wanted_hex),
            .sha256_hex = found.sha256_hex,
            .size_bytes = found.size_bytes};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity) {
      partial.discard();
    }
    throw wanted.hex.empty() ? error : gone(error);
  }
}

}  // namespace bundle::store
