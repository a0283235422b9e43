// filelists.xml on its way to libsolv's parser: what is left of it is left the second time as well, however
// it is read.
#include "base/handle.hpp"
#include "fuzz/fuzz.hpp"
#include "rpm/filelists_filter.hpp"

using namespace bundle;

namespace {

std::string filtered(const std::string& text, const rpm::PathSet& wanted, std::size_t step) {
  const Handle<FILE, std::fclose> inner(fmemopen(const_cast<char*>(text.data()), text.size(), "r"));
  if (!inner) {
    return "";  // of no bytes
  }
  rpm::FilelistsFilter filter(inner.get(), wanted);
  std::string found;
  std::string buffer(step, '\0');
  while (const std::size_t got = std::fread(buffer.data(), 1, step, filter.file())) {
    found.append(buffer, 0, got);
  }
  return found;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rpm::PathSet kWanted = {"/w", "/a&b"};
  const std::string text(fuzz::text_of(data, size));
  const std::string once = filtered(text, kWanted, 4096);
  fuzz::require(once.size() <= text.size(), "nothing is added");
  fuzz::require(filtered(text, kWanted, 3) == once, "how it is read makes no difference");
  fuzz::require(filtered(once, kWanted, 4096) == once, "a second filter takes nothing away");
  return 0;
}
