#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace bundle {

/// Receives how far a long task is. One task at a time; `advance` may come from several threads.
class Progress {
 public:
  virtual ~Progress() = default;
  /// A task of so many bytes begins ("fetching images").
  virtual void begin(std::string_view task, std::uint64_t total_bytes) = 0;
  virtual void advance(std::uint64_t bytes) = 0;
  virtual void end() = 0;
};

/// Shows nothing.
class NoProgress final : public Progress {
 public:
  void begin(std::string_view /*task*/, std::uint64_t /*total_bytes*/) override {}
  void advance(std::uint64_t /*bytes*/) override {}
  void end() override {}
};

/// On a terminal one line that is redrawn, with rate and time left; elsewhere a plain line every few seconds.
class TextProgress final : public Progress {
 public:
  enum class Style { terminal, lines };
  explicit TextProgress(Style style) : style_(style) {}
  void begin(std::string_view task, std::uint64_t total_bytes) override;
  void advance(std::uint64_t bytes) override;
  void end() override;

 private:
  using Clock = std::chrono::steady_clock;
  void print(Clock::time_point now, bool is_last);

  Style style_;
  std::mutex mutex_;
  bool is_on_ = false;  ///< between begin and end; what advances outside is nobody's
  std::string task_;
  std::uint64_t total_bytes_ = 0;
  std::uint64_t done_bytes_ = 0;
  Clock::time_point started_;
  Clock::time_point printed_;
};

/// Reports a task to a Progress from construction to destruction.
class ProgressTask {
 public:
  ProgressTask(Progress& progress, std::string_view task, std::uint64_t total_bytes) : progress_(progress) {
    progress_.begin(task, total_bytes);
  }
  ~ProgressTask() { progress_.end(); }
  ProgressTask(const ProgressTask&) = delete;
  ProgressTask& operator=(const ProgressTask&) = delete;

 private:
  Progress& progress_;
};

}  // namespace bundle
