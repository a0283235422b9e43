#include "base/url.hpp"

#include <doctest/doctest.h>

using namespace bundle;

TEST_CASE("messages show no secret and no control byte of a URL") {
  CHECK(redact_url("https://user:secret@host/p?X-Amz-Signature=abc") == "https://host/p?...");
  CHECK(redact_url("https:///user:secret@host/p") == "https:///host/p");
  CHECK(redact_url("https://host/a@b") == "https://host/a@b");
  CHECK(redact_url("http://h/\x1b[31m") == "http://h/\\x1b[31m");
  CHECK(redact_url("http://h/" + std::string(1000, 'a')).size() == 303);
  CHECK(redact_url("http://h/" + std::string(1000, '\x9d')).size() <= 303);
}

TEST_CASE("a credential in a URL is seen wherever servers take one") {
  for (const char* url :
       {"https://me:secret@host/x", "https://ghp_0123456789@host/x", "https://:secret@host/x",
        "oci://me:secret@host/charts", "https:///me:secret@host/x", "http://me%40corp:secret@host:8080/x",
        "https://host\\@me:secret@other/x"}) {
    CAPTURE(url);
    CHECK(credential_in_url(url) == "a user name or password");
  }
  // As each service makes them; the values are invented.
  for (const char* query :
       {"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261101&X-Amz-Signature=0a1b",
        "AWSAccessKeyId=AKIA&Expires=1790000000&Signature=abc%3D",
        "X-Goog-Signature=0a1b",
        "GoogleAccessId=a@b",
        "sv=2024-11-04&sr=b&sp=r&sig=abc%3D",
        "Policy=eyJTd&Key-Pair-Id=K1",
        "OSSAccessKeyId=LTAI&Signature=a",
        "x-oss-signature=0a",
        "q-sign-algorithm=sha1&q-ak=AKID&q-signature=0a",
        "temp_url_sig=0a&temp_url_expires=9",
        "__token__=exp=1~hmac=0a",
        "hdnts=exp=1~hmac=0a",
        "md5=0a&expires=1790000000",
        "private_token=glpat-1",
        "access_token=abc",
        "a=1;token=abc",
        "api-key=abc",
        "key=AIzaSyA0123456789abcdefghi",
        "x%2Damz%2Dsignature=0a",
        "TOKEN=abc",
        "password=x",
        "download=eyJhbGciOi.eyJzdWIiOi.c2ln"}) {
    CAPTURE(query);
    CHECK_FALSE(credential_in_url("https://host/file?" + std::string(query)).empty());
  }
  CHECK(credential_in_url("https://h/f?a=1&X-Amz-Signature=0a") == "the parameter 'X-Amz-Signature'");
}

TEST_CASE("what only chooses a content is no credential") {
  for (const char* url :
       {"https://host/a@b", "https://host/x?download=true", "https://host/x?raw=1&ref=v1.2.3",
        "https://host/x", "https://host/get?key=models/x.gguf",
        "https://host/x?versionId=3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY",
        "https://host/x?tokenizer=llama&design=2", "https://host/x?include_signature=true",
        "spec:a/values.yaml", "https://@host/x", "https://:@host/x", "https://host/x#token=later",
        "values@1.yaml", "https://host/x?"}) {
    CAPTURE(url);
    CHECK(credential_in_url(url).empty());
  }
}

TEST_CASE("a tidy URL has only what a server is sent") {
  CHECK(tidy_url("https://@host/x?a=1#frag") == "https://host/x?a=1");
  CHECK(tidy_url("https://:@host:8443/x?") == "https://host:8443/x");
  CHECK(tidy_url("https://host/a@b") == "https://host/a@b");
  CHECK(tidy_url("oci://host/charts") == "oci://host/charts");
  CHECK(tidy_url("manifest.yaml") == "manifest.yaml");
  CHECK(without_query("https://host/x?a=1#b") == "https://host/x");
}

TEST_CASE("the host is what ~/.netrc calls a machine") {
  CHECK(host_of_url("https://me@host.example:8443/x") == "host.example");
  CHECK(host_of_url("http://[::1]:5000/x") == "[::1]");
  CHECK(host_of_url("oci://host/charts") == "host");
}
