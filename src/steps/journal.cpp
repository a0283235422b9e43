#include "steps/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace bundle::steps {
namespace {

constexpr std::uint64_t kMaxJournalBytes = 64 << 20;
constexpr std::size_t kChecksumDigits = 16;

constexpr std::array<std::pair<StepState, std::string_view>, 5> kStates{{{StepState::begun, "begun"},
                                                                         {StepState::done, "done"},
                                                                         {StepState::failed, "failed"},
                                                                         {StepState::undoing, "undoing"},
                                                                         {StepState::undone, "undone"}}};

std::string frame(const std::string& text) {
  return sha256_hex(text).substr(0, kChecksumDigits) + " " + text + "\n";
}

/// The JSON of a whole record line without its newline; nothing when the checksum does not match.
std::optional<std::string_view> payload_of(std::string_view line) {
  if (line.size() < kChecksumDigits + 1 || line[kChecksumDigits] != ' ') {
    return std::nullopt;
  }
  const std::string_view text = line.substr(kChecksumDigits + 1);
  if (sha256_hex(text).compare(0, kChecksumDigits, line.substr(0, kChecksumDigits)) != 0) {
    return std::nullopt;
  }
  return text;
}

/// Whether a whole record begins anywhere in the text, which is behind a broken one.
bool holds_record(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return false;
    }
    if (payload_of(text.substr(0, end))) {
      return true;
    }
    text.remove_prefix(end + 1);
  }
  return false;
}

json::Value to_value(const std::vector<Change>& changes) {
  json::Array rows;
  for (const Change& change : changes) {
    rows.push_back(json::Object{{"before", change.before}, {"key", change.key}, {"type", change.type}});
  }
  return rows;
}

std::vector<Change> parse_changes(json::Reader& record) {
  std::vector<Change> changes;
  for (const json::Value& row : record.array("changes")) {
    json::Reader reader(row, record.where());
    Change change{.type = reader.string("type"), .key = reader.string("key")};
    const json::Value& before = reader.member("before");
    if (before.if_object() == nullptr) {
      reader.fail_at("before", "is not an object");
    }
    change.before = *before.if_object();
    reader.done();
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

std::string_view to_string(StepState state) {
  return std::find_if(kStates.begin(), kStates.end(), [&](const auto& row) { return row.first == state; })
      ->second;
}

Journal::Journal(std::filesystem::path file, Access access) : file_(std::move(file)) {
  if (access == Access::write) {
    make_folders(file_.parent_path());
    // Created before it is locked, so that its name in the folder is on disk as well.
    fd_ = UniqueFd(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd_) {
      fail_errno("open", file_.string(), errno);
    }
    if (!try_lock_file(fd_.get(), file_.string())) {
      throw Error(ErrorKind::step, "another bundle is at work on this host",
                  "wait for it, or look for it with: pgrep -a bundle");
    }
    fsync_folder(file_.parent_path());
  } else if (!std::filesystem::exists(file_)) {
    return;
  }
  const std::string text = read_file(file_, kMaxJournalBytes);
  replay_all(text);
  if (access == Access::write && end_ < text.size()) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0) {
      fail_errno("cut the torn end of", file_.string(), errno);
    }
    fsync_file(fd_.get(), file_.string());
  }
}

void Journal::replay_all(std::string_view text) {
  for (std::size_t number = 1; end_ < text.size(); ++number) {
    const std::string_view rest = text.substr(end_);
    const std::size_t length = rest.find('\n');
    const std::optional<std::string_view> payload =
        length == std::string_view::npos ? std::nullopt : payload_of(rest.substr(0, length));
    if (!payload) {
      if (length != std::string_view::npos && holds_record(rest.substr(length + 1))) {
        throw Error(ErrorKind::integrity, {.file = file_.string(), .line = static_cast<int>(number)},
                    "this record is damaged although later ones are whole",
                    "the disk or somebody has changed the journal; undo by hand what `bundle status` shows, "
                    "then remove it");
      }
      return;
    }
    const std::string where = fmt::format("{}:{}", file_.string(), number);
    replay(json::parse(*payload, where), where);
    end_ += length + 1;
  }
}

StepRecord& Journal::step_of(const std::string& id) {
  const auto found =
      std::find_if(steps_.begin(), steps_.end(), [&](const StepRecord& step) { return step.id == id; });
  if (found != steps_.end()) {
    return *found;
  }
  steps_.push_back({.id = id});
  return steps_.back();
}

void Journal::replay(const json::Value& record, const std::string& where) {
  json::Reader reader(record, where);
  const std::string event = reader.string("event");
  const auto at = static_cast<std::int64_t>(reader.number("at"));
  if (event == "install") {
    installs_.push_back({.bundle = reader.string("bundle"),
                         .version = reader.string("version"),
                         .index_sha256 = reader.string("index"),
                         .roles = reader.string("roles"),
                         .node = reader.string("node"),
                         .at = at});
    reader.done();
    return;
  }
  const std::string& id = reader.string("step");
  if (event == "begin" && find(id) != nullptr && find(id)->state == StepState::undone) {
    std::erase_if(steps_, [&](const StepRecord& step) { return step.id == id; });
  }
  StepRecord& step = step_of(id);
  step.at = at;
  if (event == "begin") {
    step.state = StepState::begun;
    step.inputs = reader.string("inputs");
    step.changes = parse_changes(reader);
    step.needs.reset();
    if (reader.member_or_null("needs") != nullptr) {
      step.needs = reader.strings("needs");
    }
    step.error.clear();
  } else if (event == "mark") {
    step.marks.push_back(reader.member("what"));
  } else if (event == "done") {
    step.state = StepState::done;
    step.done_inputs = step.inputs;
    step.seconds = static_cast<std::int64_t>(reader.number("seconds"));
  } else if (event == "failed") {
    step.state = StepState::failed;
    step.error = reader.string("error");
  } else if (event == "undoing") {
    step.state = StepState::undoing;
  } else if (event == "undone") {
    step.state = StepState::undone;
  } else {
    reader.fail_at("event", fmt::format("'{}' is unknown to this version", event));
  }
  reader.done();
}

const StepRecord* Journal::find(std::string_view step) const {
  const auto found =
      std::find_if(steps_.begin(), steps_.end(), [&](const StepRecord& record) { return record.id == step; });
  return found == steps_.end() ? nullptr : &*found;
}

void Journal::append(const json::Object& record) {
  const std::string line = frame(json::canonical(record));
  pwrite_all(fd_.get(), as_bytes(line), end_, file_.string());
  fsync_file(fd_.get(), file_.string());
  end_ += line.size();
  replay(record, file_.string());
}

void Journal::install(const InstallRecord& record) {
  append({{"event", "install"},
          {"bundle", record.bundle},
          {"version", record.version},
          {"index", record.index_sha256},
          {"roles", record.roles},
          {"node", record.node},
          {"at", record.at}});
}

void Journal::begin(const std::string& step, const std::string& inputs, const std::vector<Change>& changes,
                    std::int64_t now, const std::vector<std::string>& needs) {
  append({{"event", "begin"},
          {"step", step},
          {"inputs", inputs},
          {"changes", to_value(changes)},
          {"needs", json::Array(needs.begin(), needs.end())},
          {"at", now}});
}

void Journal::mark(const std::string& step, const json::Value& what, std::int64_t now) {
  append({{"event", "mark"}, {"step", step}, {"what", what}, {"at", now}});
}

void Journal::done(const std::string& step, std::int64_t seconds, std::int64_t now) {
  append({{"event", "done"}, {"step", step}, {"seconds", seconds}, {"at", now}});
}

void Journal::failed(const std::string& step, const std::string& error, std::int64_t now) {
  append({{"event", "failed"}, {"step", step}, {"error", error}, {"at", now}});
}

void Journal::undoing(const std::string& step, std::int64_t now) {
  append({{"event", "undoing"}, {"step", step}, {"at", now}});
}

void Journal::undone(const std::string& step, std::int64_t now) {
  append({{"event", "undone"}, {"step", step}, {"at", now}});
}

}  // namespace bundle::steps
