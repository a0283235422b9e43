#include "spec/image_manifest.hpp"

#include "support/error_of.hpp"

using namespace bundle;
using namespace bundle::spec;
using test::error_of;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

std::string descriptor(const std::string& type, const std::string& more = "") {
  return R"({"mediaType":")" + type + R"(","digest":")" + kDigest + R"(","size":7)" + more + "}";
}

const std::string kManifestText = R"({"schemaVersion":2,"config":)" + descriptor("c") + R"(,"layers":[)" +
                                  descriptor("l") + "," + descriptor("l", R"(,"urls":["https://x"])") + "]}";

}  // namespace

TEST_CASE("a manifest is read") {
  const ImageDocument document = parse_document(kManifestText, "", "m");
  CHECK(document.media_type == kOciManifest);
  const auto& manifest = std::get<ImageManifest>(document.body);
  CHECK(manifest.config.media_type == "c");
  REQUIRE(manifest.layers.size() == 2);
  CHECK(manifest.layers[0].size_bytes == 7);
  CHECK_FALSE(manifest.layers[0].is_foreign);
  CHECK(manifest.layers[1].is_foreign);
}

TEST_CASE("an index is read, in both families") {
  const std::string list =
      R"("manifests":[)" +
      descriptor("m", R"(,"platform":{"os":"linux","architecture":"x86_64","os.features":[]})") + "," +
      descriptor("m") + "]}";
  for (const std::string& type : {std::string(kOciIndex), std::string(kDockerList), std::string()}) {
    const std::string media_type = type.empty() ? "" : R"("mediaType":")" + type + "\",";
    const ImageDocument document = parse_document("{\"schemaVersion\":2," + media_type + list, "", "i");
    CHECK(document.media_type == (type.empty() ? kOciIndex : type));
    const auto& index = std::get<ImageIndex>(document.body);
    REQUIRE(index.manifests.size() == 2);
    CHECK(index.manifests[0].platform == Platform{"linux", "amd64", ""});
    CHECK_FALSE(index.manifests[1].platform);
  }
}

TEST_CASE("malformed documents are integrity errors that name the place") {
  const auto message_for = [](const std::string& text) {
    const Error error = error_of([&] { parse_document(text, "", "quay.io/x:1"); });
    CHECK(error.kind() == ErrorKind::integrity);
    return render(error);
  };
  const std::string config = R"({"schemaVersion":2,"config":)";
  for (const std::string& text :
       {std::string("{}"), std::string("[]"), std::string("\0\xff", 2), config + "7}",
        config + descriptor("c") + "}", config + descriptor("c") + R"(,"layers":{}})",
        std::string(R"({"schemaVersion":3,"manifests":[]})"),
        std::string(R"({"schemaVersion":2,"mediaType":"text/html","manifests":[]})"),
        std::string(R"({"schemaVersion":2,"schemaVersion":2,"manifests":[]})"),
        config + R"({"digest":"sha512:00","size":1},"layers":[]})",
        config + R"({"digest":")" + kDigest + R"(","size":-1},"layers":[]})",
        config + R"({"digest":")" + kDigest + R"(","size":1.5},"layers":[]})"}) {
    CAPTURE(text);
    CHECK(test::contains(message_for(text), "quay.io/x:1"));
  }
  CHECK(test::contains(message_for(config + descriptor("c") + R"(,"layers":[],"manifests":[]})"), "at once"));
  CHECK(test::contains(
      message_for(R"({"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[]})"),
      "neither an image nor an index"));
  CHECK(test::contains(message_for(std::string(kMaxDocumentBytes + 1, ' ')), "4194304"));
}

TEST_CASE("a document cut at any byte is refused") {
  for (std::size_t size = 0; size < kManifestText.size(); ++size) {
    CHECK_THROWS_AS(parse_document(kManifestText.substr(0, size), "", "m"), Error);
  }
}

TEST_CASE("Docker's schema 1 is refused in words") {
  const std::string text = R"({"schemaVersion":1,"name":"x","tag":"1","fsLayers":[]})";
  const Error error = error_of(
      [&] { parse_document(text, "application/vnd.docker.distribution.manifest.v1+prettyjws", "x"); });
  CHECK(error.kind() == ErrorKind::unresolvable);
  CHECK(test::contains(error.message(), "schema 1"));
}

TEST_CASE("platforms are compared as containerd does") {
  CHECK(parse_platform("linux/x86_64") == make_platform("Linux", "amd64", "v1"));
  CHECK(parse_platform("linux/arm64") == make_platform("linux", "aarch64", "v8"));
  CHECK(parse_platform("linux/arm") == make_platform("linux", "arm", "v7"));
  CHECK(parse_platform("linux/amd64") != make_platform("linux", "amd64", "v3"));
  CHECK(parse_platform("linux/arm/v6").str() == "linux/arm/v6");
  for (const std::string bad : {"", "linux", "linux/", "/amd64", "a/b/c/d"}) {
    CHECK(error_of([&] { parse_platform(bad); }).kind() == ErrorKind::usage);
  }
}
