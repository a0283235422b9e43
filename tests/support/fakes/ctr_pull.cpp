#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "support/fakes/ctr.hpp"
#include "support/loopback_client.hpp"

// `ctr images pull NAME@DIGEST` from the registry of a hosts.toml, and `ctr images tag`.

namespace bundle::test {
namespace {

/// The registry for all names, as `_default/hosts.toml` has it; empty when that is not what we write.
std::string server_in(const std::string& hosts) {
  constexpr std::string_view kKey = "server = \"";
  const std::size_t at = hosts.find(kKey);
  const bool is_plain = hosts.find("override_path = true") != std::string::npos;
  return at == std::string::npos || !is_plain
             ? std::string()
             : hosts.substr(at + kKey.size(), hosts.find('"', at + kKey.size()) - at - kKey.size());
}

}  // namespace

/// One pull. Source: containerd's core/transfer/local/pull.go, core/remotes/docker/fetcher.go.
class FakeCtr::Pull {
 public:
  Pull(FakeCtr& ctr, std::string base, std::string query, Lease& lease)
      : ctr_(ctr), base_(std::move(base)), query_(std::move(query)), lease_(lease) {}

  /// The media type of what a digest stands for, which is asked for whatever is there; empty when it does not
  /// come.
  std::string resolve(const std::string& digest) {
    constexpr std::string_view kKey = "\r\nContent-Type: ";
    const HttpAnswer answer = http_get(base_ + "/manifests/" + digest + query_);
    const std::size_t at = answer.head.find(kKey);
    if (answer.status != 200 || at == std::string::npos) {
      failure_ = fmt::format("failed to resolve {}: unexpected status {}", digest, answer.status);
      return {};
    }
    return answer.head.substr(at + kKey.size(), answer.head.find('\r', at + 2) - at - kKey.size());
  }

  /// An index or manifest with all that it names, other platforms' documents if `wants_all`. False when
  /// something does not come.
  bool fetch_document(const std::string& digest, bool wants_all) {
    if (!fetch("manifests", digest)) {
      return false;
    }
    const json::Value read = json::parse(ctr_.content.blobs.at(digest), digest);
    if (const json::Value* manifests = read.find("manifests")) {
      for (const json::Value& row : *manifests->if_array()) {
        const json::Value* platform = row.find("platform");
        const bool is_ours = platform == nullptr || json::text_at(*platform, "architecture") == "amd64";
        if ((is_ours || wants_all) && !fetch_document(json::text_at(row, "digest"), wants_all)) {
          return false;
        }
      }
      return true;
    }
    return fetch("blobs", json::text_at(*read.find("config"), "digest")) && fetch_layers(read);
  }

  const std::string& failure() const { return failure_; }

 private:
  bool fetch_layers(const json::Value& manifest) {
    for (const json::Value& layer : *manifest.find("layers")->if_array()) {
      ctr_.midway();
      if (!fetch("blobs", json::text_at(layer, "digest"))) {
        return false;
      }
    }
    return true;
  }

  /// What is there is not asked for.
  bool fetch(const std::string& kind, const std::string& digest) {
    lease_.digests.insert(digest);
    if (ctr_.content.blobs.contains(digest)) {
      return true;
    }
    const HttpAnswer answer = http_get(base_ + "/" + kind + "/" + digest + query_);
    if (answer.status != 200 || !answer.is_whole) {
      failure_ = fmt::format("failed to copy: {}: unexpected status {} or EOF", digest, answer.status);
      return false;
    }
    if ("sha256:" + sha256_hex(answer.body) != digest) {
      failure_ = fmt::format("unexpected commit digest, expected {}: failed precondition", digest);
      return false;
    }
    ctr_.content.blobs[digest] = answer.body;
    return true;
  }

  FakeCtr& ctr_;
  std::string base_;
  std::string query_;
  Lease& lease_;
  std::string failure_;
};

/// Blobs first, held by a lease that a cut leaves behind, then unpacked; the name at last.
CommandResult FakeCtr::pull_image(const Command& command, const Arguments& arguments) {
  const std::string& name = arguments.words[2];
  const std::size_t slash = name.find('/');
  const std::size_t at = name.find('@');
  const std::string server =
      server_in(files_.read(arguments.value("--hosts-dir") + "/_default/hosts.toml").value_or(""));
  const bool wants_all = skips_metadata && !arguments.has("--skip-metadata");
  if (at == std::string::npos || slash > at || server.empty() ||
      arguments.has(skips_metadata ? "--max-concurrent-downloads" : "--skip-metadata")) {
    return refuse(command);
  }
  const std::string digest = name.substr(at + 1);
  const std::string id = fmt::format("pull-{}", leases.size());
  leases[id].labels["containerd.io/gc.expire"] = "2026-11-22T20:00:00Z";
  Pull pull(*this, server + name.substr(slash, at - slash), "?ns=" + name.substr(0, slash), leases[id]);
  CommandResult result;
  const std::string type = pull.resolve(digest);
  if (type.empty() || !pull.fetch_document(digest, wants_all)) {
    result = failed(1, "ctr: " + pull.failure() + "\n");
  } else if (!unpack_error.empty()) {
    result = failed(1, "ctr: " + unpack_error + "\n");
  } else {
    midway();
    // Without any layer there is no snapshot, and containerd says so for ever (client/image.go, IsUnpacked).
    keep_name(name, {.digest = digest, .is_unpacked = content.has_layers(digest), .type = type});
  }
  leases.erase(id);
  collect_garbage();
  return result;
}

/// A name that is there already keeps its labels.
void FakeCtr::keep_name(const std::string& name, Image image) {
  if (const std::string config = content.config_of(image.digest); names_configs && !config.empty()) {
    image.labels["io.cri-containerd.image"] = "managed";
    images.try_emplace(config, image);
  }
  if (const auto old = images.find(name); old != images.end()) {
    image.labels.insert(old->second.labels.begin(), old->second.labels.end());
  }
  images.insert_or_assign(name, std::move(image));
}

CommandResult FakeCtr::tag_image(const Arguments& arguments) {
  const auto source = images.find(arguments.words[2]);
  if (source == images.end()) {
    return failed(1, fmt::format("ctr: image \"{}\": not found\n", arguments.words[2]));
  }
  CommandResult result;
  Image image = source->second;
  image.labels.clear();  // containerd 2 does not take them along
  for (std::size_t i = 3; i < arguments.words.size(); ++i) {
    keep_name(arguments.words[i], image);
    result.out += arguments.words[i] + "\n";
    midway();
  }
  return result;
}

}  // namespace bundle::test
