#pragma once

#include <string_view>

namespace bundle::test {

/// Of `openssl req -x509 -newkey ec -subj /CN=kubernetes`; it ends on 2036-11-24.
constexpr std::string_view kCaPem = R"(-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUZ7WLMBL/55ifOoOr3WFmQfQMsV0wCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAeFw0yNjExMjcxMzE2MjFaFw0zNjExMjQx
MzE2MjFaMBUxEzARBgNVBAMMCmt1YmVybmV0ZXMwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT6bvEbyQeo2bCfwlwLEtq9Hf8xbYPIJrzwGXeuuLpKjj4eQRiL4R2U
WSFrXizj1HXpIHHIrYAXzO+KakVJM84Wo1MwUTAdBgNVHQ4EFgQUA2obk5TrucBv
krHCHNmkTB9CO/IwHwYDVR0jBBgwFoAUA2obk5TrucBvkrHCHNmkTB9CO/IwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiB+7zJ7TOv6DeUz1P0RJKo0
iThn9fDE1W0Mr5eXLlg8oQIgaX2GmG0oKObYFAr7VlIT+0kxa/CvhNpjtBGZSgLr
BOU=
-----END CERTIFICATE-----
)";

/// Of `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256`.
constexpr std::string_view kCaPin = "sha256:d1073f0326d598a0d86bfb01e28fad17735181d127d07ccffc76f4145b6be013";

}  // namespace bundle::test
