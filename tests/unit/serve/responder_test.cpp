#include "serve/responder.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "spec/image_manifest.hpp"
#include "support/served_bundle.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using namespace bundle::serve;
using test::get;
using test::holds;
using test::ServedBundle;

namespace {

std::string header_of(const Answer& answer, std::string_view name) {
  const std::string* value = answer.header(name);
  return value == nullptr ? "(none)" : *value;
}

std::string body_of(ServedBundle& bundle, const std::string& target) {
  Answer answer = bundle.responder.answer(get(target));
  CHECK_MESSAGE(answer.status == 200, target);
  const std::string text = test::text_of(answer);
  CHECK(answer.size_bytes == text.size());
  return text;
}

/// The code in the JSON that a registry answers errors with.
std::string code_of(Answer& answer) {
  const json::Value error = json::parse(test::text_of(answer), "answer");
  return json::text_at(json::rows_at(error, "errors").at(0), "code");
}

std::string blob_path(const std::string& digest) { return "blobs/sha256/" + digest.substr(7); }

}  // namespace

TEST_CASE("manifests are found by tag and by digest, under every name, with their own types") {
  ServedBundle bundle;
  const auto check = [&](const std::string& target, const std::string& digest, std::string_view type) {
    Answer answer = bundle.responder.answer(get(target));
    CHECK_MESSAGE(answer.status == 200, target);
    CHECK(header_of(answer, "Docker-Content-Digest") == digest);
    CHECK(header_of(answer, "Content-Type") == type);
    CHECK(header_of(answer, "ETag") == "\"" + digest + "\"");
    CHECK("sha256:" + sha256_hex(test::text_of(answer)) == digest);
  };
  check("/v2/docker.io/library/busybox/manifests/1.37", bundle.image_index, spec::kOciIndex);
  check("/v2/library/busybox/manifests/1.37?ns=docker.io", bundle.image_index, spec::kOciIndex);
  check("/v2/docker.io/library/busybox/manifests/1.37?ns=docker.io", bundle.image_index, spec::kOciIndex);
  check("/v2/docker.io/library/busybox/manifests/1.38", bundle.docker, spec::kDockerManifest);
  check("/v2/docker.io/library/busybox/manifests/" + bundle.manifest, bundle.manifest, spec::kOciManifest);
  check("/v2/quay.io/example/tool/manifests/" + bundle.manifest, bundle.manifest, spec::kOciManifest);
}

TEST_CASE("blobs come whole, and to HEAD without a body") {
  ServedBundle bundle;
  const std::string target = "/v2/quay.io/example/tool/blobs/" + bundle.layer;
  CHECK(body_of(bundle, target) == bundle.content(blob_path(bundle.layer)));
  Request head = get(target);
  head.method = "HEAD";
  const Answer answer = bundle.responder.answer(head);
  CHECK(answer.status == 200);
  CHECK(answer.size_bytes == 150'000);
  CHECK(answer.body == nullptr);
  CHECK(header_of(answer, "Docker-Content-Digest") == bundle.layer);
}

TEST_CASE("tags and the catalogue are sorted, and go on where they were cut") {
  ServedBundle bundle;
  CHECK(body_of(bundle, "/v2/_catalog") ==
        R"({"repositories":["docker.io/library/busybox","quay.io/example/tool"]})");
  CHECK(body_of(bundle, "/v2/docker.io/library/busybox/tags/list") ==
        R"({"name":"docker.io/library/busybox","tags":["1.36","1.37","1.38"]})");
  CHECK(body_of(bundle, "/v2/quay.io/example/tool/tags/list") ==
        R"({"name":"quay.io/example/tool","tags":[]})");
  Answer cut = bundle.responder.answer(get("/v2/library/busybox/tags/list?n=2&ns=docker.io"));
  CHECK(test::text_of(cut) == R"({"name":"library/busybox","tags":["1.36","1.37"]})");
  CHECK(header_of(cut, "Link") == "</v2/library/busybox/tags/list?n=2&last=1.37&ns=docker.io>; rel=\"next\"");
  Answer rest = bundle.responder.answer(get("/v2/docker.io/library/busybox/tags/list?n=2&last=1.37"));
  CHECK(test::text_of(rest) == R"({"name":"docker.io/library/busybox","tags":["1.38"]})");
  CHECK(header_of(rest, "Link") == "(none)");
  CHECK(body_of(bundle, "/v2/docker.io/library/busybox/tags/list?n=0") ==
        R"({"name":"docker.io/library/busybox","tags":[]})");
  Answer wrong = bundle.responder.answer(get("/v2/_catalog?n=x"));
  CHECK(wrong.status == 400);
}

TEST_CASE("a registry says what it has not in its own form") {
  ServedBundle bundle;
  const auto check = [&](const std::string& target, unsigned status, const std::string& code) {
    Answer answer = bundle.responder.answer(get(target));
    CHECK_MESSAGE(answer.status == status, target);
    CHECK(header_of(answer, "Content-Type") == "application/json");
    CHECK(code_of(answer) == code);
  };
  check("/v2/docker.io/library/nothing/manifests/1", 404, "NAME_UNKNOWN");
  check("/v2/library/busybox/manifests/1.37", 404, "NAME_UNKNOWN");
  check("/v2/docker.io/library/busybox/manifests/2", 404, "MANIFEST_UNKNOWN");
  check("/v2/docker.io/library/busybox/manifests/" + bundle.layer, 404, "MANIFEST_UNKNOWN");
  check("/v2/docker.io/library/busybox/manifests/sha256:" + std::string(64, 'a'), 404, "MANIFEST_UNKNOWN");
  check("/v2/docker.io/library/busybox/blobs/sha256:" + std::string(64, 'a'), 404, "BLOB_UNKNOWN");
  check("/v2/docker.io/library/busybox/blobs/sha256:zz", 404, "BLOB_UNKNOWN");
  check("/v2/docker.io/library/busybox/blobs/..%2f..%2fbundle.json", 400, "NAME_INVALID");
  Request push = get("/v2/docker.io/library/busybox/blobs/uploads/");
  push.method = "POST";
  Answer answer = bundle.responder.answer(push);
  CHECK(answer.status == 405);
  CHECK(header_of(answer, "Allow") == "GET, HEAD");
  CHECK(code_of(answer) == "UNSUPPORTED");
}

TEST_CASE("packages, charts and files have the paths of the unpacked tree; other entries are not offered") {
  ServedBundle bundle;
  for (const char* path : {"charts/demo.tgz", "files/model.gguf", "files/empty", "rpms/keys/base-ABCD.asc"}) {
    CHECK(body_of(bundle, "/" + std::string(path)) == bundle.content(path));
  }
  CHECK(body_of(bundle, "/rpms/signed/base/demo-1.0-1%7Erc1%2Bgit.x86_64.rpm").size() == 3'000);
  const json::Value index = json::parse(body_of(bundle, "/charts/index.yaml"), "index.yaml");
  const json::Value& chart = json::rows_at(json::member_at(index, "entries"), "demo").at(0);
  CHECK(json::text_at(chart, "version") == "1.2.3");
  CHECK(json::texts_at(chart, "urls") == std::vector<std::string>{"demo.tgz"});
  CHECK(json::text_at(chart, "digest") == bundle.entry("charts/demo.tgz").sha256);
  for (const char* target :
       {"/SHA256SUMS", "/manifests/demo/demo.yaml", "/blobs/sha256/one", "/rpms", "/rpms/",
        "/files/model.gguf/", "/nothing", "/bundle", "/bundle/", "/bundle/x/y"}) {
    CHECK_MESSAGE(bundle.responder.answer(get(target)).status == 404, target);
  }
}

TEST_CASE("the folder's own files come as they are, and no others") {
  ServedBundle bundle;
  write_new_file(bundle.folder() / "secret", "x", 0644);
  const std::string part = bundle.index().parts.front().name;
  for (const std::string& name : {std::string("bundle.json"), std::string("bundle"), part}) {
    CHECK(body_of(bundle, "/bundle/" + name) == read_file(bundle.folder() / name, 8 << 20));
  }
  CHECK(bundle.responder.answer(get("/bundle/secret")).status == 404);
  CHECK(bundle.responder.answer(get("/bundle/bundle.json.0123456789abcdef.sig")).status == 404);
  Request range = get("/bundle/" + part);
  range.headers = {{"Range", "bytes=512-1023"}};
  Answer answer = bundle.responder.answer(range);
  CHECK(answer.status == 206);
  CHECK(test::text_of(answer) == read_file(bundle.folder() / part, 8 << 20).substr(512, 512));
}

TEST_CASE("an index that was exchanged under the server is not served") {
  ServedBundle bundle;
  const std::string text = read_file(bundle.folder() / "bundle.json", 1 << 20);
  std::filesystem::remove(bundle.folder() / "bundle.json");
  write_new_file(bundle.folder() / "bundle.json", text.substr(0, text.size() - 1) + " ", 0644);
  Answer answer = bundle.responder.answer(get("/bundle/bundle.json"));
  const Error error = test::thrown_by([&] { test::text_of(answer); });
  CHECK(error.kind() == ErrorKind::integrity);
}

TEST_CASE("over plain HTTP there is /bundle/ alone") {
  ServedBundle bundle;
  const auto status_of = [&](const std::string& target) {
    Request request = get(target);
    request.is_private = false;
    return bundle.responder.answer(request).status;
  };
  CHECK(status_of("/bundle/bundle.json") == 200);
  for (const char* target : {"/", "/v2/", "/charts/index.yaml", "/files/model.gguf", "/rpms/x", "/bundlex"}) {
    CHECK_MESSAGE(status_of(target) == 403, target);
  }
}

TEST_CASE("ranges of an entry are stretches of it, also over the border of two parts") {
  ServedBundle bundle;
  const format::Entry& entry = bundle.entry("files/model.gguf");
  REQUIRE(entry.at.size() > 1);
  const std::uint64_t border = entry.at.front().size_bytes;
  const auto slice = [&](const std::string& range) {
    Request request = get("/files/model.gguf");
    request.headers = {{"Range", range}};
    Answer answer = bundle.responder.answer(request);
    CHECK(answer.status == 206);
    return test::text_of(answer);
  };
  const std::string& content = bundle.content("files/model.gguf");
  CHECK(slice(fmt::format("bytes={}-{}", border - 10, border + 9)) == content.substr(border - 10, 20));
  CHECK(slice("bytes=0-0") == content.substr(0, 1));
  CHECK(slice("bytes=-7") == content.substr(content.size() - 7));
  CHECK(slice("bytes=100-") == content.substr(100));
  Request beyond = get("/files/model.gguf");
  beyond.headers = {{"Range", "bytes=9223372036854775808-"}};
  Answer answer = bundle.responder.answer(beyond);
  CHECK(answer.status == 416);
  CHECK(header_of(answer, "Content-Range") == fmt::format("bytes */{}", content.size()));
}

TEST_CASE("a flipped bit spoils its own entry: no whole of it, and no stretch") {
  ServedBundle bundle;
  bundle.flip_byte(blob_path(bundle.layer), 120'000);
  const std::string target = "/v2/quay.io/example/tool/blobs/" + bundle.layer;
  Answer whole = bundle.responder.answer(get(target));
  const Error error = test::thrown_by([&] { test::text_of(whole); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(holds(error.message(), blob_path(bundle.layer)));
  Request range = get(target);
  range.headers = {{"Range", "bytes=0-9"}};
  Answer stretch = bundle.responder.answer(range);
  CHECK(test::thrown_by([&] { test::text_of(stretch); }).kind() == ErrorKind::integrity);
  CHECK(failure(range, error).status == 500);
  CHECK(body_of(bundle, "/charts/demo.tgz") == bundle.content("charts/demo.tgz"));
}

TEST_CASE("what was checked is remembered until its part changes") {
  ServedBundle bundle;
  Request range = get("/charts/demo.tgz");
  range.headers = {{"Range", "bytes=0-9"}};
  const auto is_right = [&] {
    Answer answer = bundle.responder.answer(range);
    return test::text_of(answer) == bundle.content("charts/demo.tgz").substr(0, 10);
  };
  CHECK(is_right());
  const std::filesystem::path part = bundle.part_of("charts/demo.tgz");
  const auto before = std::filesystem::last_write_time(part);
  bundle.flip_byte("charts/demo.tgz", 4000);
  std::filesystem::last_write_time(part, before);
  CHECK(is_right());  // nothing tells of the change, and these bytes are right
  std::filesystem::last_write_time(part, before + std::chrono::seconds(1));
  CHECK(test::thrown_by([&] { is_right(); }).kind() == ErrorKind::integrity);
}

TEST_CASE("a part that is away is 503, and comes back by itself") {
  ServedBundle bundle;
  const std::filesystem::path part = bundle.part_of("charts/demo.tgz");
  const std::filesystem::path away = part.string() + ".away";
  std::filesystem::rename(part, away);
  for (const std::string& target : {std::string("/charts/demo.tgz"), "/bundle/" + part.filename().string()}) {
    Answer answer = bundle.responder.answer(get(target));
    CHECK_MESSAGE(answer.status == 503, target);
    CHECK(holds(answer.fault, part.filename().string()));
    CHECK(holds(test::text_of(answer), "is not there"));
  }
  Request head = get("/charts/demo.tgz");
  head.method = "HEAD";
  CHECK(bundle.responder.answer(head).status == 503);
  std::filesystem::rename(away, part);
  CHECK(body_of(bundle, "/charts/demo.tgz") == bundle.content("charts/demo.tgz"));
}

TEST_CASE("parts are open only while an answer is under way, so that a stick can be unmounted") {
  ServedBundle bundle;
  const auto is_open = [&] {
    for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code error;
      if (std::filesystem::read_symlink(fd, error) == bundle.part_of("charts/demo.tgz")) {
        return true;
      }
    }
    return false;
  };
  CHECK_FALSE(is_open());
  {
    const Answer answer = bundle.responder.answer(get("/charts/demo.tgz"));
    CHECK(is_open());
  }
  CHECK_FALSE(is_open());
}

TEST_CASE("a body is refused, and its connection ends") {
  ServedBundle bundle;
  Request request = get("/v2/");
  request.has_body = true;
  const Answer answer = bundle.responder.answer(request);
  CHECK(answer.status == 413);
  CHECK(answer.closes);
}

TEST_CASE("the page says what is inside, and stands alone") {
  ServedBundle bundle;
  const std::string text = body_of(bundle, "/");
  for (const char* part : {"demo", "v1.2.3", "docker.io/library/busybox:1.37", "files/model.gguf",
                           "https://10.0.0.1:8443/v2/_catalog", "helm pull demo --version 1.2.3"}) {
    CHECK_MESSAGE(holds(text, part), part);
  }
  for (const char* part : {"<script", "src=", "<link", "PUBLIC KEY", "@import", "url("}) {
    CHECK_MESSAGE(!holds(text, part), part);
  }
}

TEST_CASE("a head is written with its length, and 304 without") {
  const Answer answer = words(404, "Nothing.");
  CHECK(head_of(answer, false, http_date(784111777)) ==
        "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: bundle\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
  CHECK(!holds(head_of({.status = 304}, true, "now"), "Content-Length"));
}
