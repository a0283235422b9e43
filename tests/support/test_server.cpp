#include "support/test_server.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

extern char** environ;

namespace bundle::test {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  return ends;
}

std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') {
    line += c;
  }
  return line;
}

}  // namespace

TestServer::TestServer(const std::vector<std::string>& argv) {
  const auto input = make_pipe();
  const auto output = make_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : argv) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const int failed = posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  close(output[1]);
  stdin_ = input[1];
  stdout_ = output[0];
  const std::string line = failed != 0 ? "" : read_line(stdout_);
  if (line.empty()) {
    throw std::runtime_error("the test server does not start: " + argv.front());
  }
  port_ = std::stoi(line);
}

TestServer TestServer::hostile(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"python3", BUNDLE_SOURCE_DIR "/tests/support/hostile_server.py"});
  return TestServer(arguments);
}

TestServer::TestServer(TestServer&& other) noexcept
    : pid_(other.pid_), stdin_(other.stdin_), stdout_(other.stdout_), port_(other.port_) {
  other.pid_ = -1;
}

TestServer::~TestServer() {
  if (pid_ < 0) {
    return;
  }
  close(stdin_);
  waitpid(pid_, nullptr, 0);
  close(stdout_);
}

std::string test_content(std::size_t size, unsigned seed) {
  std::string content(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    content[i] = static_cast<char>((i * 7 + i / 251 + seed) % 256);
  }
  return content;
}

}  // namespace bundle::test
