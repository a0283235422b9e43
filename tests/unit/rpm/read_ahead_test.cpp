#include "rpm/read_ahead.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "base/fs.hpp"
#include "base/handle.hpp"

using namespace bundle;

namespace {

constexpr std::size_t kBlock = 256 << 10;  // sizes around it are what can go wrong

std::string random_text(std::size_t size) {
  std::minstd_rand random(7);
  std::string text(size, ' ');
  for (char& c : text) {
    c = static_cast<char>('a' + random() % 26);
  }
  return text;
}

Handle<FILE, std::fclose> open_text(const TempDir& folder, const std::string& text) {
  const std::filesystem::path file = folder.path() / "text";
  write_file_atomically(file, text);
  return Handle<FILE, std::fclose>(std::fopen(file.c_str(), "re"));
}

}  // namespace

TEST_CASE("what is read ahead is the stream, byte for byte, whatever the sizes") {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kBlock - 1, kBlock, kBlock + 1, 5 * kBlock, 5 * kBlock + 17}) {
    for (const std::size_t step : {std::size_t{1000}, std::size_t{4096}, kBlock, 3 * kBlock}) {
      CAPTURE(size);
      CAPTURE(step);
      const TempDir folder;
      const std::string text = random_text(size);
      const auto file = open_text(folder, text);
      rpm::ReadAhead ahead(file.get());
      std::string found;
      std::string buffer(step, '\0');
      ssize_t got = 0;
      while ((got = ahead.read(buffer.data(), buffer.size())) > 0) {
        found.append(buffer, 0, static_cast<std::size_t>(got));
      }
      CHECK(got == 0);
      CHECK(found == text);
      CHECK(ahead.read(buffer.data(), buffer.size()) == 0);
    }
  }
}

TEST_CASE("a stream that nobody reads to its end is left in peace") {
  const TempDir folder;
  const auto file = open_text(folder, random_text(20 * kBlock));
  rpm::ReadAhead ahead(file.get());
  char first = '\0';
  CHECK(ahead.read(&first, 1) == 1);
}

TEST_CASE("a stream that breaks gives what came before, and then an error") {
  const std::string text = random_text(kBlock + 100);
  struct Source {
    const std::string& text;
    std::size_t position = 0;
  } source{text};
  const auto read = [](void* cookie, char* buffer, std::size_t size) -> ssize_t {
    auto& from = *static_cast<Source*>(cookie);
    const std::size_t count = std::min(size, from.text.size() - from.position);
    from.text.copy(buffer, count, from.position);
    from.position += count;
    return count == 0 ? -1 : static_cast<ssize_t>(count);
  };
  const Handle<FILE, std::fclose> file(fopencookie(&source, "r", {.read = read}));
  rpm::ReadAhead ahead(file.get());
  std::string found;
  std::string buffer(10000, '\0');
  ssize_t got = 0;
  while ((got = ahead.read(buffer.data(), buffer.size())) > 0) {
    found.append(buffer, 0, static_cast<std::size_t>(got));
  }
  CHECK(got == -1);
  CHECK(found == text);
}
