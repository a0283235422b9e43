#include "support/fake_runner.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace bundle::test {

void FakeRunner::on(std::vector<std::string> words, CommandResult result) {
  on(std::move(words), [result = std::move(result)](const Command&) { return result; });
}

void FakeRunner::on(std::vector<std::string> words, Answer answer) {
  rows_.push_back({.words = std::move(words), .answer = std::move(answer)});
}

CommandResult FakeRunner::run(const Command& command) {
  std::unique_lock lock(mutex_);
  ran_.push_back(to_string(command));
  const Row* best = nullptr;
  for (const Row& row : rows_) {
    const bool begins = row.words.size() <= command.argv.size() &&
                        std::equal(row.words.begin(), row.words.end(), command.argv.begin());
    if (begins && (best == nullptr || row.words.size() >= best->words.size())) {
      best = &row;
    }
  }
  if (best == nullptr) {
    fail(ErrorKind::usage, "cannot run {}: not found", command.argv.front());
  }
  const Answer answer = best->answer;
  lock.unlock();
  return answer(command);
}

}  // namespace bundle::test
