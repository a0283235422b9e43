#include "signing/openssl.hpp"

#include <openssl/err.h>

#include "base/error.hpp"

namespace bundle::signing {

void fail_openssl(std::string_view doing) {
  const unsigned long code = ERR_get_error();
  const char* reason = ERR_reason_error_string(code);
  fail(ErrorKind::bug, "OpenSSL cannot {}: {}", doing, reason == nullptr ? "no reason given" : reason);
}

Bio bio_of(std::string_view text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) {
    fail_openssl("read from memory");
  }
  return bio;
}

}  // namespace bundle::signing
