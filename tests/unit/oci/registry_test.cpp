#include "oci/registry.hpp"

#include "support/error_of.hpp"
#include "support/fake_image.hpp"

using namespace bundle;
using namespace bundle::oci;
using test::contains;
using test::descriptor_of;
using test::error_of;
using test::FakeImage;
using test::index_of;
using test::with_platform;

namespace {

struct World {
  test::FakeHttp http;
  spec::Mirrors mirrors{{{"quay.io", {"http://mirror:5000/quay"}}}};
  Registry registry{http, mirrors, {}};
  test::FakeRepository repository{http, "https://quay.io/v2/team/tool"};
  test::FakeRepository mirrored{http, "http://mirror:5000/v2/quay/team/tool"};
  const spec::Reference tag = spec::reference("quay.io/team/tool:1.2");

  ResolvedImage resolve(const std::string& text = "quay.io/team/tool:1.2") {
    return registry.resolve(spec::reference(text), "linux/amd64");
  }
  Error failure(const std::string& text = "quay.io/team/tool:1.2") {
    return error_of([&] { resolve(text); });
  }
};

std::vector<std::string> digests(const std::vector<Blob>& blobs) {
  std::vector<std::string> texts;
  for (const Blob& blob : blobs) {
    texts.push_back(blob.digest.str());
  }
  return texts;
}

std::string digest(const std::string& content) { return spec::Digest::of(content).str(); }

}  // namespace

TEST_CASE("a tag of one image is resolved, and its config says the platform") {
  World world;
  const FakeImage image("amd64", {"one", "two", "one"});
  world.repository.put_image(image, "1.2");
  const ResolvedImage found = world.resolve();
  CHECK(found.digest.str() == digest(image.manifest));
  CHECK(found.manifest == found.digest);
  CHECK(found.platform == "linux/amd64");
  CHECK(digests(found.metadata) == std::vector{digest(image.manifest)});
  CHECK(digests(found.blobs) == std::vector{digest(image.config), digest("one"), digest("two")});
  CHECK(found.blobs[1].size_bytes == 3);
  CHECK(found.documents.at(digest(image.manifest)) == image.manifest);

  world.repository.put_image(FakeImage("arm64"), "1.2");
  CHECK(world.failure().kind() == ErrorKind::unresolvable);
  CHECK(contains(world.failure().message(), "is an image for linux/arm64, not for linux/amd64"));
}

TEST_CASE("an image that names no platform is taken where it is named itself, and said to be so") {
  World world;
  for (const char* config : {R"({"architecture":"","os":""})", "{}", R"({"os":"linux"})"}) {
    CAPTURE(config);
    FakeImage image("amd64");
    world.repository.put_image(image.with_config(config), "1.2");
    const ResolvedImage found = world.resolve();
    CHECK_FALSE(found.names_platform);
    CHECK(found.blobs.size() == 3);
  }
  CHECK(world.resolve().platform == "linux/amd64");
  world.repository.put_image(FakeImage("amd64").with_config(R"({"os":"windows"})"), "1.2");
  CHECK(world.failure().kind() == ErrorKind::unresolvable);
  world.repository.put_image(FakeImage("amd64").with_config(R"({"architecture":"amd64"})"), "1.2");
  CHECK(world.resolve().names_platform);
}

TEST_CASE("in an index containerd passes over what names no platform, and takes no OS for Linux") {
  World world;
  const FakeImage amd("amd64"), unnamed = FakeImage("amd64", {"x"}).with_config("{}");
  world.repository.put_image(amd);
  world.repository.put_image(unnamed);
  json::Object row = descriptor_of(amd.manifest, spec::kOciManifest);
  row["platform"] = json::Object{{"architecture", "amd64"}};
  world.repository.put_document(index_of({row}), "1.2");
  CHECK(world.resolve().manifest.str() == digest(amd.manifest));
  json::Object empty = descriptor_of(amd.manifest, spec::kOciManifest);
  empty["platform"] = json::Object{{"architecture", ""}, {"os", ""}};
  for (const auto& rows :
       {std::vector{empty}, std::vector{descriptor_of(unnamed.manifest, spec::kOciManifest)}}) {
    world.repository.put_document(index_of(rows), "1.2");
    const Error error = world.failure();
    CHECK(error.kind() == ErrorKind::unresolvable);
    CHECK(contains(error.message(), "has no linux/amd64; it has: "));
    CHECK(contains(error.message(), "no named platform"));
  }
}

TEST_CASE("an OCI artifact is no image, and is refused with what it is") {
  World world;
  const auto put = [&](const char* config_type, const char* layer_type, bool in_index) {
    FakeImage image("amd64", {"one"});
    json::Value manifest = json::parse(image.manifest, "m");
    (*(*manifest.if_object())["config"].if_object())["mediaType"] = config_type;
    (*(*(*manifest.if_object())["layers"].if_array())[0].if_object())["mediaType"] = layer_type;
    image.manifest = json::canonical(manifest);
    world.repository.put_image(image, in_index ? "" : "1.2");
    if (in_index) {
      world.repository.put_document(
          index_of({with_platform(descriptor_of(image.manifest, spec::kOciManifest), "linux", "amd64")}),
          "1.2");
    }
  };
  constexpr const char* kLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
  for (const bool in_index : {false, true}) {
    CAPTURE(in_index);
    put("application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        in_index);
    const Error chart = world.failure();
    CHECK(chart.kind() == ErrorKind::unresolvable);
    CHECK(contains(chart.message(),
                   "quay.io/team/tool:1.2 is no container image but an OCI artifact (its config "
                   "is of type application/vnd.cncf.helm.config.v1+json)"));
    CHECK(contains(chart.hint(), R"({repo: "oci://quay.io/team", name: tool, version: 1.2})"));
    put("application/vnd.oci.empty.v1+json", kLayer, in_index);
    CHECK(contains(world.failure().hint(), "files:"));
    for (const char* layer : {"application/vnd.dev.cosign.simplesigning.v1+json",
                              "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", ""}) {
      put("application/vnd.oci.image.config.v1+json", layer, in_index);
      CHECK(world.failure().kind() == ErrorKind::unresolvable);
      CHECK(contains(world.failure().message(), "no image that a container runtime can unpack"));
    }
  }
  for (const char* layer : {kLayer, "application/vnd.oci.image.layer.v1.tar+zstd",
                            "application/vnd.docker.image.rootfs.diff.tar.gzip"}) {
    put("application/vnd.docker.container.image.v1+json", layer, false);
    CHECK(world.resolve().blobs.size() == 2);
  }
  world.repository.put_image(FakeImage("amd64", {}), "1.2");  // without any layer
  CHECK(world.resolve().blobs.size() == 1);
}

TEST_CASE("of an index the platform is chosen, never an attestation, and the index is kept") {
  World world;
  const FakeImage arm("arm64"), amd("amd64"), attestation("amd64", {"in-toto"});
  const std::string index =
      index_of({with_platform(descriptor_of(attestation.manifest, spec::kOciManifest), "unknown", "unknown"),
                with_platform(descriptor_of(arm.manifest, spec::kOciManifest), "linux", "arm64"),
                with_platform(descriptor_of(amd.manifest, spec::kOciManifest), "linux", "amd64")});
  world.repository.put_document(index, "1.2");
  world.repository.put_image(amd);
  for (const std::string& text :
       {std::string("quay.io/team/tool:1.2"), "quay.io/team/tool:9@" + digest(index)}) {
    const ResolvedImage found = world.resolve(text);
    CHECK(found.digest.str() == digest(index));
    CHECK(found.manifest.str() == digest(amd.manifest));
    CHECK(digests(found.metadata) == std::vector{digest(index), digest(amd.manifest)});
    CHECK(found.documents.size() == 2);
    CHECK(found.documents.at(digest(index)) == index);
  }
  const Error missing = error_of([&] { world.registry.resolve(world.tag, "linux/s390x"); });
  CHECK(missing.kind() == ErrorKind::unresolvable);
  CHECK(contains(missing.message(), "has no linux/s390x; it has: linux/amd64, linux/arm64"));
  CHECK_FALSE(contains(missing.message(), "unknown"));
}

TEST_CASE("nested indexes are followed two deep") {
  World world;
  const FakeImage amd("amd64");
  world.repository.put_image(amd);
  std::vector<std::string> levels = {
      index_of({with_platform(descriptor_of(amd.manifest, spec::kOciManifest), "linux", "amd64")})};
  for (int i = 0; i < 3; ++i) {
    const FakeImage other("riscv64");  // tried first, and left
    world.repository.put_image(other);
    world.repository.put_document(levels.back());
    levels.push_back(index_of(
        {descriptor_of(other.manifest, spec::kOciManifest), descriptor_of(levels.back(), spec::kOciIndex)}));
  }
  world.repository.put_document(levels[2], "1.2");
  const ResolvedImage found = world.resolve();
  CHECK(digests(found.metadata) ==
        std::vector{digest(levels[2]), digest(levels[1]), digest(levels[0]), digest(amd.manifest)});
  CHECK(found.documents.size() == 4);
  world.repository.put_document(levels[3], "1.2");
  const Error error = world.failure();
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(contains(error.message(), "nests"));
}

TEST_CASE("an index of endless manifests is not followed to the end") {
  World world;
  std::vector<json::Object> rows;
  for (int i = 0; i < 200; ++i) {
    const FakeImage image("arm64", {std::to_string(i)});
    world.repository.put_image(image);
    rows.push_back(descriptor_of(image.manifest, spec::kOciManifest));
  }
  world.repository.put_document(index_of(rows), "1.2");
  CHECK(world.failure().kind() == ErrorKind::integrity);
  CHECK(world.http.requests().size() < 300);
}

TEST_CASE("bytes that do not match their digest are an error at once") {
  World world;
  const FakeImage image("amd64");
  const std::string other = FakeImage("arm64").manifest;
  const std::string at = world.mirrored.base + "/manifests/";
  world.repository.put_image(image, "1.2");
  Error error(ErrorKind::bug, "");
  SUBCASE("of a digest reference") {
    world.http.serve(at + digest(image.manifest), other);
    error = world.failure("quay.io/team/tool@" + digest(image.manifest));
  }
  SUBCASE("of the registry's own header") {
    world.http.serve(at + "1.2", other, {{"docker-content-digest", digest(image.manifest)}});
    error = world.failure();
  }
  SUBCASE("of a manifest in an index") {
    world.mirrored.put_document(
        index_of({with_platform(descriptor_of(image.manifest, spec::kOciManifest), "linux", "amd64")}),
        "1.2");
    world.http.serve(at + digest(image.manifest), other.substr(0, image.manifest.size()));
    error = world.failure();
  }
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(contains(error.message(), "expected " + digest(image.manifest)));
  CHECK(contains(error.message(), "mirror:5000"));
}

TEST_CASE("a size that is not the index's is refused") {
  World world;
  const FakeImage image("amd64");
  world.repository.put_image(image);
  for (const std::uint64_t size :
       {image.manifest.size() + 1, image.manifest.size() - 1, std::size_t{1} << 40}) {
    json::Object row = with_platform(descriptor_of(image.manifest, spec::kOciManifest), "linux", "amd64");
    row["size"] = size;
    world.repository.put_document(index_of({row}), "1.2");
    CHECK(world.failure().kind() == ErrorKind::integrity);
  }
}

TEST_CASE("mirrors come first, the registry last") {
  World world;
  const FakeImage image("amd64");
  world.repository.put_image(image, "1.2");
  world.http.on(world.mirrored.base + "/manifests/1.2",
                [](const auto&) { return net::HttpResponse{.status = 503}; });
  world.resolve();
  CHECK(world.http.lines().at(0) == "GET http://mirror:5000/v2/quay/team/tool/manifests/1.2");
  CHECK(world.http.lines().at(1) == "GET https://quay.io/v2/team/tool/manifests/1.2");
}

TEST_CASE("Docker Hub is asked under its real name") {
  World world;
  test::FakeRepository{world.http, "https://registry-1.docker.io/v2/library/busybox"}.put_image(
      FakeImage("amd64"), "latest");
  CHECK(world.resolve("busybox").reference.str() == "docker.io/library/busybox:latest");
}

TEST_CASE("a name that is nowhere is unresolvable; a digest that is gone is the upstream's fault") {
  World world;
  const Error name = world.failure();
  CHECK(name.kind() == ErrorKind::unresolvable);
  CHECK(
      contains(name.message(), "there is no image quay.io/team/tool:1.2: not found at http://mirror:5000/"));
  CHECK(contains(name.message(), "https://quay.io/v2/team/tool/manifests/1.2"));
  const Error gone = world.failure("quay.io/team/tool@" + digest("x"));
  CHECK(gone.kind() == ErrorKind::network);
  CHECK(contains(gone.message(), "is gone"));
}

TEST_CASE("a refusal says what to do about it") {
  World world;
  std::string limit = "100;w=21600";
  const auto refuse_with = [&](int status) {
    world.http.on(world.repository.base + "/manifests/1.2", [status, &limit](const auto&) {
      return net::HttpResponse{
          .status = status,
          .headers = {{"retry-after", "900"}, {"ratelimit-limit", limit}},
          .body = R"({"errors":[{"code":"TOOMANYREQUESTS","message":"slow \u001b[31mdown"}]})"};
    });
    return world.failure();
  };
  for (const int status : {401, 403}) {
    const Error error = refuse_with(status);
    CHECK(error.kind() == ErrorKind::network);
    CHECK(contains(error.hint(), "'docker login quay.io' or 'podman login quay.io'"));
  }
  const Error limited = refuse_with(429);
  CHECK(limited.kind() == ErrorKind::network);
  CHECK(contains(limited.message(), "429 Too Many Requests and asks to wait 900 s"));
  CHECK(contains(limited.message(), "(TOOMANYREQUESTS: slow \\x1b[31mdown)"));
  CHECK(contains(limited.hint(), "docker login quay.io"));
  CHECK(contains(limited.hint(), "quay.io limits its clients (100 in 6 h): wait"));
  limit = "9;w=60";
  CHECK(contains(refuse_with(429).hint(), "(9 in 1 min)"));
  limit = "9;w=90";
  CHECK(contains(refuse_with(429).hint(), "(9 in 90 s)"));
  CHECK(refuse_with(500).kind() == ErrorKind::network);
}

TEST_CASE("schema 1 is named as such, though its digest is not that of its bytes") {
  World world;
  world.http.on(world.repository.base + "/manifests/1.2", [](const auto&) {
    return net::HttpResponse{
        .status = 200,
        .headers = {{"content-type", "application/vnd.docker.distribution.manifest.v1+prettyjws"},
                    {"docker-content-digest", digest("without its signatures")}},
        .body = R"({"schemaVersion":1,"name":"x","tag":"1","fsLayers":[],"signatures":[]})"};
  });
  const Error error = world.failure();
  CHECK(error.kind() == ErrorKind::unresolvable);
  CHECK(contains(error.message(), "schema 1"));
}

TEST_CASE("layers outside of the registry are refused in words") {
  World world;
  FakeImage image("amd64");
  json::Value manifest = json::parse(image.manifest, "m");
  json::Object& layer = *(*(*manifest.if_object())["layers"].if_array())[0].if_object();
  layer["urls"] = json::Array{"https://elsewhere.example/layer"};
  image.manifest = json::canonical(manifest);
  world.repository.put_image(image, "1.2");
  const Error error = world.failure();
  CHECK(error.kind() == ErrorKind::unresolvable);
  CHECK(contains(error.message(), "outside of its registry"));
}

TEST_CASE("one digest with two sizes is refused") {
  World world;
  FakeImage image("amd64", {"one", "one"});
  json::Value manifest = json::parse(image.manifest, "m");
  (*(*(*manifest.if_object())["layers"].if_array())[1].if_object())["size"] = 4;
  image.manifest = json::canonical(manifest);
  world.repository.put_image(image, "1.2");
  CHECK(world.failure().kind() == ErrorKind::integrity);
}

TEST_CASE("a blob is fetched from where the caller is") {
  World world;
  world.repository.put_blob("content");
  std::string got = "con";
  const net::BodySink sink = [&](Bytes bytes, std::uint64_t offset) {
    CHECK(offset == got.size());
    got += as_text(bytes);
  };
  const Blob blob{spec::Digest::of("content"), 7, ""};
  world.registry.fetch_blob(world.tag, blob, 3, sink);
  CHECK(got == "content");
  world.registry.fetch_blob(world.tag, blob, 7, sink);
  CHECK(got == "content");
  const Blob gone{spec::Digest::of("else"), 4, ""};
  CHECK(error_of([&] { world.registry.fetch_blob(world.tag, gone, 0, sink); }).kind() == ErrorKind::network);
  const Blob longer{spec::Digest::of("content"), 6, ""};
  CHECK(error_of([&] { world.registry.fetch_blob(world.tag, longer, 0, sink); }).kind() ==
        ErrorKind::integrity);
}

TEST_CASE("what a tag names now is asked without a pull") {
  World world;
  const FakeImage image("amd64");
  world.repository.put_image(image, "1.2");
  CHECK(world.registry.current_digest(world.tag).str() == digest(image.manifest));
  CHECK(world.http.lines().back() == "HEAD https://quay.io/v2/team/tool/manifests/1.2");
  world.http.serve(world.repository.base + "/manifests/1.2", image.manifest);  // no header
  CHECK(world.registry.current_digest(world.tag).str() == digest(image.manifest));
  for (const net::HttpRequest& request : world.http.requests()) {
    CHECK(request.patience == net::Patience::once);
  }
}
