#include "support/fakes/fake_program.hpp"

namespace bundle::test {

void FakeProgram::on(FakeRunner& runner, std::vector<std::string> words, Reply reply) {
  runner.on(std::move(words), [this, reply = std::move(reply)](const Command& command) {
    const std::lock_guard lock(mutex_);
    return reply(command);
  });
}

CommandResult FakeProgram::refuse(const Command& command) {
  constexpr int kNobodyKnows = 64;
  unknown.push_back(to_string(command));
  return failed(kNobodyKnows, "the fake does not model: " + to_string(command) + "\n");
}

}  // namespace bundle::test
