#include "base/work_lock.hpp"

#include <doctest/doctest.h>

#include "support/forked.hpp"
#include "support/thrown.hpp"

namespace bundle {
namespace {

std::string refusal(const std::filesystem::path& file) {
  const Error error = test::thrown_by([&] { WorkLock(file, "bundle undo --all", 2'000'000'000); });
  CHECK(error.kind() == ErrorKind::step);
  return render(error);
}

TEST_CASE("the second is told who is at work, since when, and what to do") {
  const TempDir dir;
  const std::filesystem::path file = dir.path() / "run/bundle.lock";
  {
    WorkLock first(file, "bundle install /media/stick\n--role master", 1'795'000'000);
    const std::string pid = std::to_string(::getpid());
    CHECK(refusal(file) ==
          "another bundle is at work on this host: bundle install /media/stick\\x0a--role master (pid " +
              pid + ", since 2026-11-18T11:06:40Z)\nhint: wait for it, or stop it cleanly with: kill " + pid);
    first.started(::getpid(), "kubeadm init");
    first.ended(::getpid());
    CHECK(test::holds(refusal(file), "since 2026-11-18T11:06:40Z"));
  }
  CHECK(read_file(file, 1000).empty());
  CHECK_NOTHROW(WorkLock(file, "bundle install", 1));
}

TEST_CASE("whatever the file says, a free lock is taken, and a taken one refused") {
  const TempDir dir;
  const std::filesystem::path file = dir.path() / "lock";
  std::string text;
  {
    WorkLock lock(file, "bundle install", 1'795'000'000);
    lock.started(1 << 21, "dnf install");
    text = read_file(file, 1000);
  }
  std::vector<std::string> texts = {"",
                                    "\n\n",
                                    std::string(3, '\0'),
                                    "-1 - x\n",
                                    "99999999999999999999 - x\n",
                                    "0 - x\n",
                                    "\xff\xfe 1 \xfc\n",
                                    std::string(100'000, '7')};
  for (std::size_t length = 0; length <= text.size(); ++length) {
    texts.push_back(text.substr(0, length));
  }
  for (const std::string& content : texts) {
    CAPTURE(content);
    write_file_atomically(file, content);
    CHECK_NOTHROW(WorkLock(file, "bundle install", 1));
    write_file_atomically(file, content);
    const UniqueFd fd = open_file(file, OpenMode::create_or_open);
    REQUIRE(::flock(fd.get(), LOCK_EX) == 0);
    CHECK(test::holds(refusal(file), "another bundle "));
  }
}

TEST_CASE("a link in place of the file is not followed") {
  const TempDir dir;
  write_file_atomically(dir.path() / "precious", "content");
  std::filesystem::create_symlink("precious", dir.path() / "lock");
  CHECK_THROWS_AS(WorkLock(dir.path() / "lock", "bundle install", 1), Error);
  CHECK(read_file(dir.path() / "precious", 100) == "content");
}

TEST_CASE("what was typed is known from /proc") { CHECK(test::holds(own_command_line(), "unit_base")); }

}  // namespace
}  // namespace bundle
