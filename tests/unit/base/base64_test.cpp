#include "base/base64.hpp"

#include <doctest/doctest.h>

using namespace bundle;

TEST_CASE("the test vectors of RFC 4648 section 10 hold both ways") {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : rows) {
    CHECK(base64_encode(plain) == encoded);
    CHECK(base64_decode(encoded) == plain);
  }
  CHECK(base64_decode("Zg") == "f");
  CHECK(base64_decode("Zm9v\r\nYg==\n") == "foob");
  CHECK(base64_decode("_w==") == std::nullopt);
  CHECK(base64_decode("Z") == std::nullopt);
}
