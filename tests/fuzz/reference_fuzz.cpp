// Image references: a normalised one stays what it is. URLs and Retry-After go through the same bytes.
#include "fuzz/fuzz.hpp"
#include "net/retry.hpp"
#include "net/url.hpp"
#include "spec/reference.hpp"

using namespace bundle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const std::optional<spec::Reference> reference = spec::parse_reference(text)) {
    fuzz::require(spec::parse_reference(reference->str()) == reference, "a reference is normalised once");
  }
  if (const std::optional<net::Url> url = net::parse_url(std::string(text))) {
    fuzz::require(net::parse_url(url->text).has_value(), "a normalised URL is a URL");
    static_cast<void>(net::resolve_url(*url, std::string(text)));
  }
  if (const auto wait = net::parse_retry_after(text, 1'700'000'000)) {
    fuzz::require(wait->count() >= 0, "nobody waits for the past");
  }
  fuzz::require(net::redact_url(text).size() <= 310, "a URL in a message is short");
  return 0;
}
