#include "steps/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace bundle::steps {
namespace {

/// The part of a journal that is kept for the ends, failures and undos of what has begun by the time that the
/// rest is full.
constexpr std::uint64_t kReservedPart = 16;
constexpr const char* kDamageHint =
    "`bundle status` shows what can be read of the journal, `bundle undo --all` takes that back and puts the "
    "journal aside, and then install begins anew; or keep the host as it is and put the journal aside "
    "yourself (mv): install finds what is there, but no undo knows any more what was there before";

constexpr std::array<std::pair<StepState, std::string_view>, 5> kStates{{{StepState::begun, "begun"},
                                                                         {StepState::done, "done"},
                                                                         {StepState::failed, "failed"},
                                                                         {StepState::undoing, "undoing"},
                                                                         {StepState::undone, "undone"}}};

/// A line of the journal without its newline, and its JSON if it is a whole record.
struct Line {
  std::size_t number = 0;
  std::size_t end = 0;  ///< in the file, behind the newline
  std::optional<std::string_view> payload;
};

/// All up to the last whole record; what follows is a write that was torn.
std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  std::size_t whole = 0;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', begin)) {
    lines.push_back({lines.size() + 1, end + 1, payload_of(text.substr(begin, end - begin))});
    whole = lines.back().payload ? lines.size() : whole;
    begin = end + 1;
  }
  lines.resize(whole);
  return lines;
}

/// The record as every later reader will see it.
Record read_back(const std::string& json, const std::string& file) {
  try {
    Record record = parse_record(json, file);
    if (to_json(record) == json) {
      return record;
    }
  } catch (const Error& error) {
    throw Error(ErrorKind::bug, fmt::format("no reader would take this record: {}", error.message()),
                "it was not written; this is a bug in bundle; please report it");
  }
  fail(ErrorKind::bug, "{}: a record would be read back as another", file);
}

}  // namespace

std::string_view to_string(StepState state) {
  return std::find_if(kStates.begin(), kStates.end(), [&](const auto& row) { return row.first == state; })
      ->second;
}

Journal::Journal(std::filesystem::path file, Access access, Damage damage, std::uint64_t max_bytes)
    : file_(std::move(file)), max_bytes_(max_bytes) {
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
  const std::string text = read_file(file_, max_bytes_);
  replay_all(text, damage);
  if (access == Access::write && end_ < text.size()) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0) {
      fail_errno("cut the torn end of", file_.string(), errno);
    }
    fsync_file(fd_.get(), file_.string());
  }
}

void Journal::replay_all(std::string_view text, Damage damage) {
  for (const Line& line : lines_of(text)) {
    try {
      if (!line.payload) {
        throw Error(ErrorKind::integrity,
                    Position{.file = file_.string(), .line = static_cast<int>(line.number)},
                    "this record is damaged although later ones are whole");
      }
      replay(parse_record(*line.payload, fmt::format("{}:{}", file_.string(), line.number)));
    } catch (Error& error) {
      if (damage == Damage::refuse) {
        throw error.set_hint(error.hint().empty() ? kDamageHint : error.hint() + "\n" + kDamageHint);
      }
      unreadable_.push_back({static_cast<int>(line.number), error.message()});
    }
    end_ = line.end;
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

void Journal::replay(const Record& record) {
  if (record.event == "install") {
    installs_.push_back(record.install);
    installs_.back().at = record.at;
    return;
  }
  const bool is_begin = record.event == "begin";
  if (is_begin && find(record.step) != nullptr && find(record.step)->state == StepState::undone) {
    std::erase_if(steps_, [&](const StepRecord& step) { return step.id == record.step; });
  }
  StepRecord& step = step_of(record.step);
  step.at = record.at;
  if (is_begin) {
    step.state = StepState::begun;
    step.inputs = record.inputs;
    step.changes = record.changes;
    step.needs = record.needs;
    step.has_begin = true;
    step.error.clear();
  } else if (record.event == "mark") {
    step.marks.push_back(record.what);
  } else if (record.event == "done") {
    step.state = StepState::done;
    step.done_inputs = step.inputs;
    step.seconds = std::max<std::int64_t>(record.seconds, 0);
  } else if (record.event == "failed") {
    step.state = StepState::failed;
    step.error = record.error;
  } else if (record.event == "undoing") {
    step.state = StepState::undoing;
  } else if (record.event == "undone") {
    step.state = StepState::undone;
  }
}

const StepRecord* Journal::find(std::string_view step) const {
  const auto found =
      std::find_if(steps_.begin(), steps_.end(), [&](const StepRecord& record) { return record.id == step; });
  return found == steps_.end() ? nullptr : &*found;
}

void Journal::append(const Record& record) {
  const std::string json = to_json(record);
  const Record read = read_back(json, file_.string());
  const std::string line = to_line(json);
  const bool is_new = record.event == "begin" || record.event == "mark" || record.event == "install";
  if (end_ + line.size() > max_bytes_ - (is_new ? max_bytes_ / kReservedPart : 0)) {
    throw Error(ErrorKind::no_space, fmt::format("{} is full ({})", file_.string(), format_size(end_)),
                "undo what it shows (bundle undo --all), or keep the host as it is and put the journal aside "
                "(mv)");
  }
  pwrite_all(fd_.get(), as_bytes(line), end_, file_.string());
  fsync_file(fd_.get(), file_.string());
  end_ += line.size();
  replay(read);
}

void Journal::install(const InstallRecord& record) {
  append({.event = "install", .at = record.at, .install = record});
}

void Journal::begin(const std::string& step, const std::string& inputs, const std::vector<Change>& changes,
                    std::int64_t now, const std::vector<std::string>& needs) {
  append({.event = "begin", .at = now, .step = step, .inputs = inputs, .changes = changes, .needs = needs});
}

void Journal::mark(const std::string& step, const json::Value& what, std::int64_t now) {
  append({.event = "mark", .at = now, .step = step, .what = what});
}

void Journal::done(const std::string& step, std::int64_t seconds, std::int64_t now) {
  append({.event = "done", .at = now, .step = step, .seconds = seconds});
}

void Journal::failed(const std::string& step, const std::string& error, std::int64_t now) {
  append({.event = "failed", .at = now, .step = step, .error = error});
}

void Journal::undoing(const std::string& step, std::int64_t now) {
  append({.event = "undoing", .at = now, .step = step});
}

void Journal::undone(const std::string& step, std::int64_t now) {
  append({.event = "undone", .at = now, .step = step});
}

std::filesystem::path Journal::put_aside() {
  const std::string text = read_file(file_, max_bytes_);
  const std::filesystem::path aside =
      fmt::format("{}.unreadable-{}", file_.string(), sha256_hex(text).substr(0, 8));
  write_file_atomically(aside, text, 0600);
  // Not renamed: the lock is on this very file.
  if (::ftruncate(fd_.get(), 0) != 0) {
    fail_errno("empty", file_.string(), errno);
  }
  fsync_file(fd_.get(), file_.string());
  end_ = 0;
  installs_.clear();
  steps_.clear();
  unreadable_.clear();
  return aside;
}

}  // namespace bundle::steps
