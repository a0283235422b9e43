#include "base/progress.hpp"

#include <fmt/core.h>

#include <cstdio>

#include "base/text.hpp"

namespace bundle {
namespace {

constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::seconds kLineEvery{3};

std::string format_seconds(std::uint64_t seconds) {
  if (seconds >= 3600) {
    return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
  }
  return seconds >= 60 ? fmt::format("{}m{:02}s", seconds / 60, seconds % 60) : fmt::format("{}s", seconds);
}

}  // namespace

void TextProgress::begin(std::string_view task, std::uint64_t total_bytes) {
  const std::lock_guard lock(mutex_);
  is_on_ = true;
  task_ = task;
  total_bytes_ = total_bytes;
  done_bytes_ = 0;
  started_ = printed_ = Clock::now();
}

void TextProgress::advance(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!is_on_) {
    return;
  }
  done_bytes_ += bytes;
  const Clock::time_point now = Clock::now();
  const bool is_due = style_ == Style::terminal ? now - printed_ >= kRedraw : now - printed_ >= kLineEvery;
  if (is_due) {
    print(now, false);
  }
}

void TextProgress::end() {
  const std::lock_guard lock(mutex_);
  print(Clock::now(), true);
  is_on_ = false;
}

void TextProgress::print(Clock::time_point now, bool is_last) {
  printed_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_bytes_) / seconds : 0;
  std::string line = fmt::format("{}: {} of {}, {}/s", task_, format_size(done_bytes_),
                                 format_size(total_bytes_), format_size(static_cast<std::uint64_t>(rate)));
  if (is_last) {
    line += ", took " + format_seconds(static_cast<std::uint64_t>(seconds));
  } else if (rate > 0 && total_bytes_ > done_bytes_) {
    line +=
        ", " +
        format_seconds(static_cast<std::uint64_t>(static_cast<double>(total_bytes_ - done_bytes_) / rate)) +
        " left";
  }
  if (style_ == Style::terminal) {
    line = "\r\x1b[K" + line + (is_last ? "\n" : "");
  } else {
    line += '\n';
  }
  std::fputs(line.c_str(), stderr);  // fmt::print would throw where stderr is closed
}

}  // namespace bundle
