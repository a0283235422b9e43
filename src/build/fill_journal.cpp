#include "build/fill_journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::build {
namespace {

constexpr std::uint64_t kLimitBytes = 256 << 20;

void append(int fd, std::string_view line, const std::string& name) {
  const ssize_t put = ::write(fd, line.data(), line.size());
  if (put != static_cast<ssize_t>(line.size())) {
    fail_errno("write", name, put < 0 ? errno : ENOSPC);
  }
}

}  // namespace

FillJournal::FillJournal(const std::filesystem::path& file, const std::string& plan_sha256)
    : name_(file.string()) {
  const std::string head = "bundle-fill/1 " + plan_sha256 + "\n";
  fd_ = UniqueFd(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (!fd_) {
    fail_errno("open", name_, errno);
  }
  if (!try_lock_file(fd_.get(), name_)) {
    throw Error(ErrorKind::usage, fmt::format("another build is at work in {}", file.parent_path().string()),
                "wait for it, or give another --out");
  }
  read(file, head);
  if (!is_continued_ && ::ftruncate(fd_.get(), 0) != 0) {
    fail_errno("truncate", name_, errno);
  }
  // A line that was torn by the kill ends here; an empty line is passed over when read.
  append(fd_.get(), is_continued_ ? "\n" : head, name_);
}

void FillJournal::read(const std::filesystem::path& file, const std::string& head) {
  const std::string content = read_file(file, kLimitBytes);
  is_continued_ = content.starts_with(head);
  if (!is_continued_) {
    return;
  }
  std::vector<std::string_view> lines = split(content, '\n');
  lines.pop_back();  // behind the last newline: nothing, or a torn line
  for (const std::string_view line : lines) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() != 2) {
      continue;
    }
    const auto entry = parse_unsigned(words[0]);
    const auto bytes = parse_unsigned(words[1]);
    if (entry && bytes) {
      written_[*entry] = *bytes;
    }
  }
}

std::uint64_t FillJournal::written(std::size_t entry) const {
  const auto it = written_.find(entry);
  return it == written_.end() ? 0 : it->second;
}

void FillJournal::record(std::size_t entry, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  append(fd_.get(), fmt::format("{} {}\n", entry, bytes), name_);
}

}  // namespace bundle::build
