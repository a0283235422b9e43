#include "serve/loopback.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "serve/responder.hpp"
#include "signing/cipher.hpp"

namespace bundle::serve {
namespace {

constexpr std::size_t kSecretBytes = 16;

/// containerd may let a connection wait while a slow disk takes what it has.
ServerOptions on_loopback() {
  return {.listen = parse_endpoint("127.0.0.1:0"), .limits = {.stretch = std::chrono::minutes(10)}};
}

/// To whoever is not the containerd that was asked to come.
Answer refusal(unsigned status) { return words(status, "There is nothing here."); }

}  // namespace

/// Tells of what goes out, and of what keeps it from going out.
class Loopback::WatchedBody final : public Body {
 public:
  WatchedBody(Loopback& loopback, std::unique_ptr<Body> body, std::string digest)
      : loopback_(loopback), body_(std::move(body)), digest_(std::move(digest)) {}

  bool prepare(std::span<std::byte> buffer) override {
    return watched([&] { return body_->prepare(buffer); });
  }
  Bytes next(std::span<std::byte> buffer) override {
    const Bytes bytes = watched([&] {
      check_interrupt();
      return body_->next(buffer);
    });
    loopback_.sent_(bytes.size());
    if (bytes.empty()) {
      loopback_.forget_fault(digest_);
    }
    return bytes;
  }

 private:
  template <class Read>
  std::invoke_result_t<Read> watched(const Read& read) {
    try {
      return read();
    } catch (...) {
      loopback_.remember_fault(digest_);
      throw;
    }
  }

  Loopback& loopback_;
  std::unique_ptr<Body> body_;
  std::string digest_;
};

Loopback::Loopback(Media& media, std::function<void(std::uint64_t)> sent)
    : registry_(media, Checks::by_receiver),
      secret_(to_hex(as_bytes(signing::random_bytes(kSecretBytes)))),
      sent_(std::move(sent)),
      server_(
          on_loopback(), [this](const Request& request) { return closing_answer(request); },
          [](const AccessRow&) {}),
      thread_([this] { server_.run([] { return false; }); }) {}

Loopback::~Loopback() { server_.stop(); }

std::string Loopback::url() const { return fmt::format("http://{}/{}", server_.endpoint().str(), secret_); }

void Loopback::rethrow_fault(const std::string& digest) const {
  const std::lock_guard lock(mutex_);
  if (const auto fault = faults_.find(digest); fault != faults_.end()) {
    std::rethrow_exception(fault->second);
  }
}

void Loopback::remember_fault(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  faults_[digest] = std::current_exception();
}

/// It came after all.
void Loopback::forget_fault(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  faults_.erase(digest);
}

/// A connection serves one request: those of hundreds of pulls that are over would otherwise wait for their
/// next one, and take the places of those that are on their way.
Answer Loopback::closing_answer(const Request& request) {
  Answer closing = answer(request);
  closing.closes = true;
  return closing;
}

Answer Loopback::answer(const Request& request) {
  const std::string prefix = "/" + secret_;
  const bool is_read = (request.method == "GET" || request.method == "HEAD") && !request.has_body;
  if (!request.target.starts_with(prefix + "/v2/") || !is_read) {
    return refusal(404);
  }
  Target target;
  try {
    target = parse_target(std::string_view(request.target).substr(prefix.size()));
  } catch (const Error&) {
    return refusal(400);
  }
  try {
    return answer_watched(request, target, target.segments.back());
  } catch (const std::exception& error) {
    return failure(request, error);
  }
}

Answer Loopback::answer_watched(const Request& request, const Target& target, const std::string& digest) {
  try {
    Answer answer = registry_.answer(request, target);
    if (answer.body && answer.status < 300) {
      answer.body = std::make_unique<WatchedBody>(*this, std::move(answer.body), digest);
    }
    return answer;
  } catch (...) {
    remember_fault(digest);
    throw;
  }
}

}  // namespace bundle::serve
