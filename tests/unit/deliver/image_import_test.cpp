#include "deliver/image_import.hpp"
#include "format/index.hpp"
#include "format/parts.hpp"
#include "host/host.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "format/tar.hpp"
#include "support/fake_runner.hpp"
#include "support/small_bundle.hpp"
#include "support/thrown.hpp"

namespace bundle::deliver {
namespace {

constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

std::string digest_of(const std::string& content) { return "sha256:" + sha256_hex(content); }

json::Object descriptor(const std::string& content, std::string_view type) {
  return {{"mediaType", type}, {"digest", digest_of(content)}, {"size", std::uint64_t{content.size()}}};
}

/// A bundle of two images with a layer in common, `one` a manifest, `two` a list of which one platform is
/// there.
struct Layout {
  std::string shared = test::noise(700'000, 1);
  std::string own = test::noise(3'000, 2);
  std::string config = "{}";
  std::string one = manifest({shared});
  std::string two_manifest = manifest({shared, own});
  std::string two =
      json::canonical(json::Object{{"schemaVersion", 2},
                                   {"manifests", json::Array{descriptor(two_manifest, kOciManifest),
                                                             descriptor("elsewhere", kOciManifest)}}});
  TempDir dir;
  test::SmallBundle bundle = test::make_bundle(dir.path(), options(), {});
  std::vector<Finding> findings;

  std::string manifest(const std::vector<std::string>& layers) const {
    json::Array rows;
    for (const std::string& layer : layers) {
      rows.push_back(descriptor(layer, "application/vnd.oci.image.layer.v1.tar+gzip"));
    }
    return json::canonical(
        json::Object{{"schemaVersion", 2},
                     {"config", descriptor(config, "application/vnd.oci.image.config.v1+json")},
                     {"layers", rows}});
  }

  static json::Object row(const std::string& name, const std::string& content, std::string_view type) {
    json::Object object = descriptor(content, type);
    object["annotations"] = json::Object{{"io.containerd.image.name", name}};
    return object;
  }

  test::SmallBundleOptions options() const {
    test::SmallBundleOptions options;
    options.contents["index.json"] =
        json::canonical(json::Object{{"manifests", json::Array{row("r.io/one:1", one, kOciManifest),
                                                               row("r.io/two@" + digest_of(two), two,
                                                                   "application/vnd.oci.image.index.v1+json"),
                                                               row("r.io/two:1", two, kDockerList)}}});
    for (const std::string& blob : {shared, own, config, one, two_manifest, two}) {
      options.contents["blobs/sha256/" + sha256_hex(blob)] = blob;
    }
    return options;
  }

  format::Index index() {
    format::Index index = bundle.index;
    index.images = {{.ref = "r.io/one:1", .digest = digest_of(one)},
                    {.ref = "r.io/two:1", .digest = digest_of(two)}};
    return index;
  }

  /// Flips a bit in the middle of a blob's data.
  void damage(const std::string& blob) {
    const format::Entry* entry = bundle.index.find_entry("blobs/sha256/" + sha256_hex(blob));
    const format::Piece& piece = entry->at.at(0);
    const UniqueFd fd =
        open_file(bundle.folder / bundle.index.parts.at(piece.part).name, OpenMode::create_or_open);
    const std::uint64_t middle = piece.offset + piece.size_bytes / 2;
    std::array<std::byte, 1> byte{};
    REQUIRE(pread_all(fd.get(), byte, middle, "part"));
    byte[0] ^= std::byte{4};
    pwrite_all(fd.get(), byte, middle, "part");
  }
};

struct Opened {
  format::Index index;
  format::PartSet parts;
  std::vector<BundleImage> images;

  explicit Opened(Layout& layout)
      : index(layout.index()),
        parts(index, {layout.bundle.folder}, layout.findings),
        images(bundle_images(index, parts, {"master"})) {}
};

/// Paths of a tar's members, in order, with `content` of the last one.
std::vector<std::string> members_of(std::string_view tar, std::string& content) {
  std::vector<std::string> paths;
  while (tar.size() >= format::kTarBlock && tar[0] != '\0') {
    paths.emplace_back(tar.data());
    const std::size_t size_bytes = std::stoull(std::string(tar.substr(124, 11)), nullptr, 8);
    content = tar.substr(format::kTarBlock, size_bytes);
    tar.remove_prefix(format::kTarBlock + format::padded(size_bytes));
  }
  CHECK(tar == std::string(format::kTarTrailer, '\0'));
  return paths;
}

std::string streamed(const Opened& opened, std::size_t image, const std::set<std::string>& known,
                     std::string& tar) {
  std::vector<std::byte> buffer(64 << 10);
  stream_image(opened.parts, opened.images.at(image), known, buffer,
               [&](Bytes bytes) { tar += as_text(bytes); });
  return tar;
}

TEST_CASE("a stream is an OCI layout of the one image, without the blobs that are known, its index last") {
  Layout layout;
  const Opened opened(layout);
  REQUIRE(opened.images.size() == 2);
  CHECK(missing_bytes(opened.images[1], {digest_of(layout.shared)}) ==
        layout.own.size() + layout.config.size() + layout.two.size() + layout.two_manifest.size());

  std::string tar;
  std::string last;
  streamed(opened, 1, {digest_of(layout.shared)}, tar);
  const std::vector<std::string> paths = members_of(tar, last);
  REQUIRE(paths.size() == 6);
  CHECK(paths.front() == "oci-layout");
  CHECK(paths.back() == "index.json");
  CHECK_FALSE(test::holds(tar, sha256_hex(layout.shared) + std::string(1, '\0')));

  const json::Value index = json::parse(last, "index.json");
  const json::Array& rows = *index.find("manifests")->if_array();
  REQUIRE(rows.size() == 2);
  for (const json::Value& row : rows) {
    CHECK(*row.find("mediaType")->if_string() == kDockerList);
    CHECK(*row.find("digest")->if_string() == digest_of(layout.two));
  }
  CHECK(*rows[0].find("annotations")->find("io.containerd.image.name")->if_string() == "r.io/two:1");
  CHECK(*rows[1].find("annotations")->find("io.containerd.image.name")->if_string() ==
        "r.io/two@" + digest_of(layout.two));
}

TEST_CASE("a flipped bit ends the stream before the index") {
  Layout layout;
  const Opened opened(layout);
  layout.damage(layout.own);
  std::string tar;
  const Error error = test::thrown_by([&] { streamed(opened, 1, {}, tar); });
  CHECK(error.kind() == ErrorKind::integrity);
  CHECK(test::holds(error.message(), sha256_hex(layout.own)));
  CHECK(test::holds(error.message(), "part 0"));
  CHECK_FALSE(test::holds(tar, "index.json"));
}

/// A ctr that takes everything, and remembers the tars.
struct Machine {
  test::FakeRunner runner;
  Log log{LogLevel::quiet, false};
  NoProgress progress;
  host::Host host{.root = "/nonexistent", .runner = runner, .log = log, .progress = progress, .now = [] {
                    return std::int64_t{0};
                  }};
  std::vector<std::string> tars;

  Machine() {
    on({"content", "ls", "-q"}, {});
    on({"images", "import", "--help"}, {.out = "--no-unpack\n"});
    on({"snapshots", "unpack"}, {});
    on({"images", "label"}, {});
    runner.on({"ctr", "-n", "k8s.io", "images", "import", "--platform"}, [&](const Command& command) {
      tars.push_back(command.input);
      return CommandResult{};
    });
  }
  /// How often this was run.
  std::ptrdiff_t count(const std::string& line) const {
    return std::count(runner.ran().begin(), runner.ran().end(), line);
  }
  void on(std::vector<std::string> words, CommandResult result) {
    words.insert(words.begin(), {"ctr", "-n", "k8s.io"});
    runner.on(std::move(words), std::move(result));
  }
};

std::vector<std::string> import_into(Machine& machine, const Opened& opened) {
  std::vector<const BundleImage*> images;
  for (const BundleImage& image : opened.images) {
    images.push_back(&image);
  }
  std::vector<std::string> finished;
  std::string failure;
  try {
    import_all(machine.host, opened.parts, images,
               [&](const BundleImage& image) { finished.push_back(image.ref); });
  } catch (const Error& error) {
    failure = render(error);
    finished.push_back(failure);
  }
  return finished;
}

TEST_CASE("what an earlier image of the run has sent is not sent again") {
  Layout layout;
  const Opened opened(layout);
  Machine machine;
  CHECK(import_into(machine, opened) == std::vector<std::string>{"r.io/one:1", "r.io/two:1"});
  REQUIRE(machine.tars.size() == 2);
  CHECK(machine.tars[0].size() > 700'000);
  CHECK(machine.tars[1].size() < 20'000);
  CHECK(machine.count("ctr -n k8s.io snapshots unpack " + digest_of(layout.one)) == 1);
}

TEST_CASE("a newer ctr imports by itself, not through containerd") {
  Layout layout;
  const Opened opened(layout);
  Machine machine;
  machine.on({"images", "import", "--help"}, {.out = "--local    Run import locally\n"});
  import_into(machine, opened);
  CHECK(machine.count("ctr -n k8s.io images import --platform linux/amd64 --no-unpack --local -") == 2);
}

TEST_CASE("a bad image stops the import, and the one before is finished") {
  Layout layout;
  const Opened opened(layout);
  layout.damage(layout.own);
  Machine machine;
  const std::vector<std::string> finished = import_into(machine, opened);
  REQUIRE(finished.size() == 2);
  CHECK(finished[0] == "r.io/one:1");
  CHECK(test::holds(finished[1], "while importing r.io/two:1"));
  CHECK(machine.tars.size() == 1);
}

TEST_CASE("a failed unpacking stops the import, and says which image") {
  Layout layout;
  const Opened opened(layout);
  Machine machine;
  machine.on({"snapshots", "unpack"}, {.status = 1, .err = "no space left on device"});
  machine.on({"plugins", "ls"}, {});
  const std::vector<std::string> finished = import_into(machine, opened);
  REQUIRE(finished.size() == 1);
  CHECK(test::holds(finished[0], "containerd has no space"));
  CHECK(test::holds(finished[0], "while unpacking r.io/one:1"));
}

}  // namespace
}  // namespace bundle::deliver
