#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "support/fakes/ctr.hpp"

// `ctr images import -`: an OCI layout through stdin.

namespace bundle::test {

/// Blobs first, held by a lease that a cut leaves behind; the names at last.
/// Source: containerd's core/images/archive/importer.go, cmd/ctr/commands/images/import.go.
CommandResult FakeCtr::import_images(const Command& command, const Arguments& arguments) {
  if (!arguments.has("--no-unpack") || (arguments.has("--local") && !knows_local_import)) {
    return refuse(command);
  }
  const std::string id = fmt::format("import-{}", leases.size());
  leases[id].labels["containerd.io/gc.expire"] = "2026-11-22T20:00:00Z";
  CommandResult result = take_layout(read_tar(command.input), leases[id]);
  leases.erase(id);
  collect_garbage();
  return result;
}

CommandResult FakeCtr::take_layout(const std::vector<std::pair<std::string, std::string>>& members,
                                   Lease& lease) {
  std::string index;
  for (std::size_t i = 0; i < members.size(); ++i) {
    constexpr std::string_view kBlobs = "blobs/sha256/";
    const auto& [path, data] = members[i];
    if (path == "index.json") {
      index = data;
    } else if (path.starts_with(kBlobs)) {
      const std::string digest = "sha256:" + path.substr(kBlobs.size());
      if (digest != "sha256:" + sha256_hex(data)) {
        return failed(
            1, fmt::format("ctr: unexpected commit digest, expected {}: failed precondition\n", digest));
      }
      content.blobs[digest] = data;
      lease.digests.insert(digest);
    }
    if (i == members.size() / 2) {
      midway();
    }
  }
  return index.empty() ? failed(1, "ctr: unrecognized image format\n") : name_images(index);
}

CommandResult FakeCtr::name_images(const std::string& index) {
  CommandResult result;
  const json::Value layout = json::parse(index, "index.json");
  for (const json::Value& row : *layout.find("manifests")->if_array()) {
    const std::string name = json::text_at(*row.find("annotations"), "io.containerd.image.name");
    const std::string digest = json::text_at(row, "digest");
    std::size_t missing = 0;
    content.reach(digest, missing);
    if (missing > 0) {
      return failed(1, fmt::format("ctr: content of {}: not found\n", digest));
    }
    Image image{.digest = digest, .is_unpacked = false, .type = json::text_at(row, "mediaType")};
    for (const auto& [other_name, other] : images) {
      image.is_unpacked |= other.digest == digest && other.is_unpacked;
    }
    if (const std::string config = content.config_of(digest); names_configs && !config.empty()) {
      image.labels["io.cri-containerd.image"] = "managed";
      images.try_emplace(config, image);
    }
    // A name that is there already keeps its labels.
    if (const auto old = images.find(name); old != images.end()) {
      image.labels.insert(old->second.labels.begin(), old->second.labels.end());
    }
    images.insert_or_assign(name, image);
    result.out += name + "\tsaved\n";
  }
  return result;
}

}  // namespace bundle::test
