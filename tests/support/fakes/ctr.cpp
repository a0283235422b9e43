#include "support/fakes/ctr.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/fakes/table.hpp"

namespace bundle::test {
namespace {

const std::set<std::string_view> kValued{
    "-n", "--namespace", "--platform", "--hosts-dir", "--max-concurrent-downloads", "--id", "-x", "--signal"};

bool fits(const Arguments& arguments, std::initializer_list<std::string_view> words,
          std::set<std::string_view> allowed = {}) {
  allowed.insert("-n");
  return arguments.are(words, allowed);
}

std::string in_words(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : labels) {
    pairs.push_back(key + "=" + value);
  }
  return pairs.empty() ? "-" : join(pairs, ",");
}

}  // namespace

void FakeCtr::answer(FakeRunner& runner) {
  on(runner, {"ctr"}, [this](const Command& command) { return reply(command); });
}

void FakeCtr::describe(WorldState& state) const {
  for (const auto& [name, image] : images) {
    state["image " + name] = fmt::format("{}{}{} {}", image.digest, image.is_complete ? " complete" : "",
                                         image.is_unpacked ? " unpacked" : "", in_words(image.labels));
  }
  for (const auto& [digest, blob] : content.blobs) {
    state["blob " + digest] = fmt::format("{} bytes", blob.size());
  }
  for (const auto& [id, lease] : leases) {
    state["lease " + id] = in_words(lease.labels);
  }
  for (const auto& [id, image] : containers) {
    state["container " + id] = image;
  }
  for (const auto& [id, status] : tasks) {
    state["task " + id] = status;
  }
}

void FakeCtr::collect_garbage() {
  std::set<std::string> held;
  for (const auto& [name, image] : images) {
    std::size_t missing = 0;
    const std::vector<std::string> reached = content.reach(image.digest, missing);
    held.insert(reached.begin(), reached.end());
  }
  for (const auto& [id, lease] : leases) {
    held.insert(lease.digests.begin(), lease.digests.end());
  }
  std::erase_if(content.blobs, [&](const auto& row) { return !held.contains(row.first); });
}

CommandResult FakeCtr::reply(const Command& command) {
  const Arguments arguments = take_apart(command.argv, kValued);
  if (fits(arguments, {"images", "pull"}, {"--help"}) && arguments.has("--help")) {
    return said(std::string("OPTIONS:\n   --platform value\n") +
                (skips_metadata ? "   --skip-metadata  Skips metadata for unused platforms\n" : ""));
  }
  if (!is_running()) {
    return failed(
        1,
        "ctr: failed to dial \"/run/containerd/containerd.sock\": context deadline exceeded: connection "
        "error\n");
  }
  if (fits(arguments, {"version"})) {
    return said("Client:\n  Version:  2.1.5\nServer:\n  Version:  2.1.5\n");
  }
  if (arguments.value("-n") != "k8s.io" || arguments.words.size() < 2) {
    return refuse(command);
  }
  if (arguments.words[0] == "images") {
    return reply_images(command, arguments);
  }
  if (arguments.words[0] == "leases") {
    return reply_leases(command, arguments);
  }
  if (fits(arguments, {"content", "ls"}, {"-q"}) && arguments.has("-q")) {
    CommandResult listed;
    for (const auto& [digest, blob] : content.blobs) {
      listed.out += digest + "\n";
    }
    return listed;
  }
  if (fits(arguments, {"plugins", "ls", "id==content"}, {"-d"})) {
    return said(
        "Type:          io.containerd.content.v1\nID:            content\nExports:\n"
        "                      root      " +
        root + "\n");
  }
  return reply_tasks(command, arguments);
}

CommandResult FakeCtr::reply_images(const Command& command, const Arguments& arguments) {
  if (fits(arguments, {"images", "check"}) && arguments.words.size() == 2) {
    return check_images();
  }
  if (fits(arguments, {"images", "ls"}, {"-q"})) {
    return list_images(command, arguments);
  }
  if (fits(arguments, {"images", "pull"},
           {"--hosts-dir", "--platform", "--skip-metadata", "--max-concurrent-downloads"}) &&
      arguments.words.size() == 3) {
    return pull_image(command, arguments);
  }
  if (fits(arguments, {"images", "tag"}, {"--force"}) && arguments.has("--force") &&
      arguments.words.size() > 3) {
    return tag_image(arguments);
  }
  if (fits(arguments, {"images", "label"}) && arguments.words.size() > 3) {
    return label_image(command, arguments);
  }
  const bool removes = fits(arguments, {"images", "rm"}, {"--sync"}) && arguments.words.size() > 2;
  return removes ? remove_images(arguments) : refuse(command);
}

/// Source: containerd's cmd/ctr/commands/images/images.go, checkCommand.
CommandResult FakeCtr::check_images() const {
  Table table{{"REF", "TYPE", "DIGEST", "STATUS", "SIZE", "UNPACKED"}};
  for (const auto& [name, image] : images) {
    std::size_t missing = 0;
    std::uint64_t size = 0;
    const std::vector<std::string> reached = content.reach(image.digest, missing);
    for (const std::string& digest : reached) {
      size += content.blobs.at(digest).size();
    }
    const std::size_t count = std::max<std::size_t>(reached.size(), 1);
    table.push_back({name, image.type, image.digest,
                     image.is_complete
                         ? fmt::format("complete ({0}/{0})", count)
                         : fmt::format("incomplete ({}/{})", reached.size(), reached.size() + missing + 1),
                     fmt::format("{0}/{0}", format_size(size)), image.is_unpacked ? "true" : "false"});
  }
  return said(to_text(table));
}

/// `images ls [-q] [name==NAME]`. Source: the same file, listCommand.
CommandResult FakeCtr::list_images(const Command& command, const Arguments& arguments) {
  constexpr std::string_view kByName = "name==";
  const std::string filter = arguments.words.size() == 3 ? arguments.words[2] : "";
  if (arguments.words.size() > 3 || (!filter.empty() && !filter.starts_with(kByName))) {
    return refuse(command);
  }
  Table table{{"REF", "TYPE", "DIGEST", "SIZE", "PLATFORMS", "LABELS"}};
  CommandResult names;
  for (const auto& [name, image] : images) {
    if (filter.empty() || filter.substr(kByName.size()) == name) {
      table.push_back({name, image.type, image.digest, "1.0 MiB", "linux/amd64", in_words(image.labels)});
      names.out += name + "\n";
    }
  }
  return arguments.has("-q") ? names : said(to_text(table));
}

CommandResult FakeCtr::label_image(const Command& command, const Arguments& arguments) {
  const auto image = images.find(arguments.words[2]);
  if (image == images.end()) {
    return failed(1, fmt::format("ctr: image \"{}\": not found\n", arguments.words[2]));
  }
  for (std::size_t i = 3; i < arguments.words.size(); ++i) {
    const std::size_t equals = arguments.words[i].find('=');
    if (equals == std::string::npos) {
      return refuse(command);
    }
    const std::string key = arguments.words[i].substr(0, equals);
    if (const std::string value = arguments.words[i].substr(equals + 1); value.empty()) {
      image->second.labels.erase(key);  // containerd keeps no empty ones
    } else {
      image->second.labels[key] = value;
    }
  }
  return said(in_words(image->second.labels) + "\n");
}

/// A name that is not there is only a warning.
CommandResult FakeCtr::remove_images(const Arguments& arguments) {
  CommandResult result;
  for (std::size_t i = 2; i < arguments.words.size(); ++i) {
    if (images.erase(arguments.words[i]) == 1) {
      result.out += arguments.words[i] + "\n";
    } else {
      result.err += arguments.words[i] + ": image not found\n";
    }
    if (i == 2) {
      midway();
    }
  }
  collect_garbage();
  return result;
}

CommandResult FakeCtr::reply_leases(const Command& command, const Arguments& arguments) {
  if (fits(arguments, {"leases", "ls"}, {"-q"})) {
    Table table{{"ID", "CREATED AT", "LABELS"}};
    CommandResult ids;
    for (const auto& [id, lease] : leases) {
      table.push_back({id, "2026-11-21T20:00:00Z", in_words(lease.labels)});
      ids.out += id + "\n";
    }
    return arguments.has("-q") ? ids : said(to_text(table));
  }
  if (fits(arguments, {"leases", "create"}, {"--id", "-x"}) && arguments.has("--id")) {
    const std::string id = arguments.value("--id");
    if (leases.contains(id)) {
      return failed(1, fmt::format("ctr: lease \"{}\": already exists\n", id));
    }
    Lease& lease = leases[id];
    if (arguments.has("-x")) {
      lease.labels["containerd.io/gc.expire"] = "2026-11-21T21:00:00Z";
    }
    return said(id + "\n");
  }
  if (fits(arguments, {"leases", "rm"}, {"--sync"}) && arguments.words.size() == 3) {
    if (leases.erase(arguments.words[2]) == 0) {
      return failed(1, fmt::format("ctr: lease \"{}\": not found\n", arguments.words[2]));
    }
    collect_garbage();
    return said(arguments.words[2] + "\n");
  }
  return refuse(command);
}

CommandResult FakeCtr::reply_tasks(const Command& command, const Arguments& arguments) {
  if (fits(arguments, {"containers", "ls"}) && arguments.words.size() == 2) {
    Table table{{"CONTAINER", "IMAGE", "RUNTIME"}};
    for (const auto& [id, image] : containers) {
      table.push_back({id, image, "io.containerd.runc.v2"});
    }
    return said(to_text(table));
  }
  if (fits(arguments, {"tasks", "ls"}, {"-q"}) && arguments.has("-q")) {
    CommandResult ids;
    for (const auto& [id, status] : tasks) {
      ids.out += id + "\n";
    }
    return ids;
  }
  if (fits(arguments, {"tasks", "kill"}, {"--all", "-a", "--signal", "-s"}) && arguments.words.size() == 3) {
    const auto task = tasks.find(arguments.words[2]);
    if (task == tasks.end()) {
      return failed(1, fmt::format("ctr: no running task found: task {} not found\n", arguments.words[2]));
    }
    task->second = "STOPPED";
    return {};
  }
  return refuse(command);
}

}  // namespace bundle::test
