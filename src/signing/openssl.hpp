#pragma once

#include <openssl/bio.h>

#include <string_view>

#include "base/handle.hpp"

// What the files of this folder share of OpenSSL's manners.
namespace bundle::signing {

using Bio = Handle<BIO, BIO_free_all>;

/// OpenSSL failed where it cannot for a reason that a user can mend: Error(bug).
[[noreturn]] void fail_openssl(std::string_view doing);

/// Reads from `text`, which must outlive it.
Bio bio_of(std::string_view text);

}  // namespace bundle::signing
