#include "base/work_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/error.hpp"
#include "base/proc.hpp"
#include "base/text.hpp"

namespace bundle {
namespace {

constexpr std::uint64_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxCommandBytes = 200;

/// A line of the file; `since` is 0 of a program.
struct Line {
  pid_t pid = 0;
  std::int64_t since = 0;
  std::string command;
};

std::string to_text(const Line& line) {
  return fmt::format("{} {} {}\n", line.pid, line.since == 0 ? "-" : std::to_string(line.since),
                     line.command);
}

/// Nothing of a line that says something else: another version's, or one that is just being written.
std::optional<Line> parse_line(std::string_view text) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return std::nullopt;
  }
  constexpr std::uint64_t kMaxPid = 1 << 22;
  const std::optional<std::uint64_t> pid = parse_unsigned(text.substr(0, first));
  if (!pid || *pid == 0 || *pid > kMaxPid) {
    return std::nullopt;
  }
  const std::uint64_t since = parse_unsigned(text.substr(first + 1, second - first - 1)).value_or(0);
  return Line{.pid = static_cast<pid_t>(*pid),
              .since = static_cast<std::int64_t>(since),
              .command = escaped(text.substr(second + 1), kMaxCommandBytes)};
}

std::vector<Line> read_lines(const std::string& file) {
  std::vector<Line> lines;
  const std::string text = read_file(file, kMaxFileBytes);
  for (const std::string_view row : split(text, '\n')) {
    if (std::optional<Line> line = parse_line(row)) {
      lines.push_back(std::move(*line));
    }
  }
  return lines;
}

std::string owner_words(const Line& owner) {
  return fmt::format("{} (pid {}, since {})", owner.command, owner.pid, format_utc(owner.since));
}

/// The members of the sessions of these programs that still run, in words; empty when there are none.
std::string still_running(const std::vector<Line>& lines) {
  std::vector<std::string> found;
  for (const Line& line : lines) {
    if (line.since == 0 && has_members(line.pid)) {
      found.push_back(fmt::format("{} (session {})", line.command, line.pid));
    }
  }
  return join(found, ", ");
}

[[noreturn]] void refuse(const std::vector<Line>& lines) {
  const std::string programs = still_running(lines);
  const bool has_owner = !lines.empty() && lines.front().since != 0;
  if (has_owner && ::kill(lines.front().pid, 0) != 0 && errno == ESRCH) {
    throw Error(
        ErrorKind::step,
        fmt::format("another bundle was ended by force, and a program that it started is still at work "
                    "on this host: {}; it was {}",
                    programs.empty() ? "it ends just now" : programs, owner_words(lines.front())),
        "wait until that program has ended, then run the same command again; do not cut it off: half a "
        "transaction of packages is hard to mend");
  }
  throw Error(ErrorKind::step,
              has_owner
                  ? fmt::format("another bundle is at work on this host: {}", owner_words(lines.front()))
                  : std::string("another bundle is at work on this host"),
              has_owner ? fmt::format("wait for it, or stop it cleanly with: kill {}", lines.front().pid)
                        : std::string("wait for it, or look for it with: pgrep -a bundle"));
}

}  // namespace

WorkLock::WorkLock(const std::filesystem::path& file, std::string_view command, std::int64_t now)
    : file_(file.string()) {
  make_folders(file.parent_path());
  fd_ = UniqueFd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_) {
    fail_errno("open", file_, errno);
  }
  const bool is_free = try_lock_file(fd_.get(), file_);
  const std::vector<Line> lines = read_lines(file_);
  if (!is_free || !still_running(lines).empty()) {
    refuse(lines);
  }
  owner_ = to_text({.pid = ::getpid(),
                    .since = std::max<std::int64_t>(now, 1),
                    .command = escaped(command, kMaxCommandBytes)});
  written_bytes_ = bundle::file_size(file);
  write();
}

WorkLock::~WorkLock() {
  // Empty: nobody is at work. The lock is given back for whoever else may still have it open, too.
  if (::ftruncate(fd_.get(), 0) == 0) {
    written_bytes_ = 0;
  }
  ::flock(fd_.get(), LOCK_UN);
}

void WorkLock::started(pid_t session, std::string_view command) {
  const std::lock_guard lock(mutex_);
  programs_.push_back({.session = session, .command = escaped(command, kMaxCommandBytes)});
  write();
}

void WorkLock::ended(pid_t session) {
  const std::lock_guard lock(mutex_);
  std::erase_if(programs_, [&](const Program& program) { return program.session == session; });
  try {
    write();
  } catch (const Error&) {
    return;  // what stays there names a session that nobody is in any more
  }
}

/// One write over what was there, filled up with empty lines: a process that is killed here leaves the old or
/// the new text.
void WorkLock::write() {
  std::string text = owner_;
  for (const Program& program : programs_) {
    text += to_text({.pid = program.session, .since = 0, .command = program.command});
  }
  text.resize(std::max(text.size(), written_bytes_), '\n');
  pwrite_all(fd_.get(), as_bytes(text), 0, file_);
  written_bytes_ = text.size();
}

std::string own_command_line() {
  std::vector<std::string> words;
  try {
    const std::string text = read_file("/proc/self/cmdline", kMaxFileBytes);
    const std::string_view typed(text.data(), text.find_last_not_of('\0') + 1);
    for (const std::string_view word : split(typed, '\0')) {
      words.emplace_back(word);
    }
  } catch (const Error&) {
    return "bundle";  // no /proc
  }
  return join(words, " ");
}

}  // namespace bundle
