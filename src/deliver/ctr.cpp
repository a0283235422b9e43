#include "deliver/ctr.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"

namespace bundle::deliver {
namespace {

/// The rows of one of ctr's tables, as words; the first of them is the heading.
std::vector<std::vector<std::string_view>> rows_of(std::string_view table) {
  std::vector<std::vector<std::string_view>> rows;
  for (const std::string_view line : split(table, '\n')) {
    if (std::vector<std::string_view> words = split_words(line); !words.empty()) {
      rows.push_back(std::move(words));
    }
  }
  if (!rows.empty()) {
    rows.erase(rows.begin());
  }
  return rows;
}

bool holds_label(std::string_view word, std::string_view label) {
  const std::vector<std::string_view> labels = split(word, ',');
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

/// What `ctr` prints, for questions. Status and table go apart: `images check` prints its table and ends with
/// 1 when one image of somebody else's is broken.
std::string answer_of(const host::Host& host, std::vector<std::string> words, const std::string& doing,
                      bool status_counts = true) {
  const Command command = ctr(std::move(words));
  const CommandResult result = host.runner.run(command);
  if (result.status != 0 && (status_counts || result.out.empty())) {
    with_context(doing, [&] { fail_ctr(host, command, result, 0); });
  }
  return result.out;
}

/// Where containerd keeps its blobs, as it says itself; empty when it does not.
std::string content_root(const host::Host& host) {
  const CommandResult result = host.runner.run(ctr({"plugins", "ls", "-d", "id==content"}));
  for (const std::string_view line : split(result.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() == 2 && words[0] == "root") {
      return std::string(words[1]);
    }
  }
  return {};
}

std::string free_space(const host::Host& host) {
  const std::string root = content_root(host);
  std::error_code error;
  if (root.empty() || !std::filesystem::is_directory(host.at(root), error)) {
    return "containerd does not say where it keeps its data";
  }
  return fmt::format("{} has {} free", root, format_size(free_space_bytes(host.at(root))));
}

/// What a pull or `ctr images import` was writing when it was killed. The next one goes on behind it, also
/// where a power cut left other bytes, and is then refused for its digest or size for ever; no command of ctr
/// takes it out, and by itself it goes after a day. containerd begins anew where the folder is gone. Source:
/// containerd content/local/store.go, remotes/handlers.go (`layer-sha256:…`), importer.go ("tar-").
void remove_torn_ingests(const host::Host& host, const std::set<std::string>& digests) {
  const std::string root = content_root(host);
  for (const std::string& name : root.empty() ? std::vector<std::string>() : host.list(root + "/ingest")) {
    const std::string folder = fmt::format("{}/ingest/{}", root, name);
    const std::string ref = host.read(folder + "/ref").value_or("");
    const std::size_t digest = ref.rfind("sha256:");
    const bool is_blob =
        digest != std::string::npos && digests.contains(std::string(trim(ref.substr(digest))));
    if (ref.starts_with("k8s.io/") && (is_blob || ref.find("/tar-") != std::string::npos)) {
      std::error_code gone;
      std::filesystem::remove_all(host.at(folder), gone);
    }
  }
}

bool answers(const host::Host& host) {
  return host.runner.run(ctr({"version"}, std::chrono::seconds{30})).status == 0;
}

bool says_any(std::string_view text, std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return text.find(phrase) != std::string_view::npos; });
}

}  // namespace

Command ctr(std::vector<std::string> words, std::chrono::seconds timeout) {
  Command command{.argv = {"ctr", "-n", "k8s.io"}, .timeout = timeout};
  command.argv.insert(command.argv.end(), std::make_move_iterator(words.begin()),
                      std::make_move_iterator(words.end()));
  return command;
}

KnownImages parse_images(std::string_view checked, std::string_view listed) {
  // REF TYPE DIGEST STATUS SIZE UNPACKED, and REF TYPE DIGEST SIZE PLATFORMS LABELS. Sizes are two words.
  constexpr std::size_t kDigest = 2;
  constexpr std::size_t kStatus = 3;
  KnownImages known;
  for (const std::vector<std::string_view>& row : rows_of(checked)) {
    if (row.size() > kStatus + 1) {
      known[std::string(row[0])] = {.digest = std::string(row[kDigest]),
                                    .is_complete = row[kStatus] == "complete",
                                    .is_unpacked = row.back() == "true"};
    }
  }
  for (const std::vector<std::string_view>& row : rows_of(listed)) {
    const auto image = row.size() > kStatus ? known.find(std::string(row[0])) : known.end();
    if (image != known.end() && image->second.digest == row[kDigest]) {
      image->second.is_pinned = std::any_of(row.begin() + kStatus, row.end(), [](std::string_view word) {
        return holds_label(word, "io.cri-containerd.pinned=pinned");
      });
    }
  }
  return known;
}

KnownImages known_images(const host::Host& host) {
  const std::string doing = "asking containerd for its images";
  return parse_images(answer_of(host, {"images", "check"}, doing, false),
                      answer_of(host, {"images", "ls"}, doing));
}

std::set<std::string> known_blobs(const host::Host& host) {
  std::set<std::string> blobs;
  const std::string listed = answer_of(host, {"content", "ls", "-q"}, "asking containerd for its blobs");
  for (const std::string_view line : split(listed, '\n')) {
    if (!trim(line).empty()) {
      blobs.emplace(trim(line));
    }
  }
  return blobs;
}

void clear_leftovers(const host::Host& host, const std::set<std::string>& digests) {
  const std::string doing = "freeing what a pull that was cut off still holds";
  const std::string leases = answer_of(host, {"leases", "ls"}, doing);
  for (const std::vector<std::string_view>& row : rows_of(leases)) {
    // Leases without an end belong to pods.
    const bool has_end = std::any_of(row.begin(), row.end(), [](std::string_view word) {
      return says_any(word, {"containerd.io/gc.expire="});
    });
    if (has_end) {
      // One that is gone meanwhile is an error for ctr, not for us.
      host.runner.run(ctr({"leases", "rm", std::string(row[0])}));
    }
  }
  // The garbage collection that a lease's end waits for has no command of its own.
  const std::string lease = "bundle-install";
  answer_of(host, {"leases", "create", "--id", lease, "-x", "1h"}, doing);
  answer_of(host, {"leases", "rm", "--sync", lease}, doing);
  remove_torn_ingests(host, digests);
}

void remove_images(const host::Host& host, const std::vector<std::string>& names) {
  if (names.empty()) {
    return;
  }
  std::vector<std::string> words = {"images", "rm", "--sync"};
  words.insert(words.end(), names.begin(), names.end());
  answer_of(host, std::move(words), "removing images");
}

std::set<std::string> digests_in_use(const host::Host& host, const KnownImages& known) {
  std::set<std::string> digests;
  const std::string containers =
      answer_of(host, {"containers", "ls"}, "asking containerd for its containers");
  for (const std::vector<std::string_view>& row : rows_of(containers)) {
    if (const auto image = row.size() > 1 ? known.find(std::string(row[1])) : known.end();
        image != known.end()) {
      digests.insert(image->second.digest);
    }
  }
  return digests;
}

bool can_skip_metadata(const host::Host& host) {
  return says_any(host.runner.run(ctr({"images", "pull", "--help"})).out, {"--skip-metadata"});
}

void fail_ctr(const host::Host& host, const Command& command, const CommandResult& result,
              std::uint64_t needed_bytes) {
  const std::string said = describe_failure(command, result);
  if (says_any(result.err, {"no space left on device", "disk quota exceeded"})) {
    const std::string need =
        needed_bytes == 0 ? "" : fmt::format("at least {} more are needed, and ", format_size(needed_bytes));
    throw Error(ErrorKind::no_space,
                fmt::format("containerd has no space: {}{}\n{}", need, free_space(host), said),
                "make room, or move containerd's data (storage.containerd in site.yml), then run the same "
                "install again: it goes on where it stopped");
  }
  const bool has_ended =
      says_any(result.err, {"error reading from server", "transport is closing", "connection refused",
                            "connection reset", "code = Unavailable", "failed to dial"});
  if (has_ended || !answers(host)) {
    throw Error(
        ErrorKind::step, "containerd does not answer, or has ended meanwhile\n" + said,
        "look at it with `systemctl status containerd` and `journalctl -u containerd`, then run the same "
        "install again: it goes on where it stopped");
  }
  throw Error(ErrorKind::step, said, "`journalctl -u containerd` may say more");
}

}  // namespace bundle::deliver
