// A request to bundle serve: method, target and headers are lines of the input, as a server's parser hands
// them on. Whatever they say, there is an answer, nothing but what the bundle offers is in it, and it has the
// length that it promises.
#include "base/text.hpp"
#include "fuzz/fuzz.hpp"
#include "serve/responder.hpp"
#include "support/served_bundle.hpp"

using namespace bundle;

namespace {

/// `METHOD TARGET`, then `NAME: VALUE` lines; the first byte says whether the way is private and a body
/// comes.
serve::Request request_of(std::string_view input) {
  serve::Request request = test::get("/");
  if (input.empty()) {
    return request;
  }
  request.is_private = (input.front() & 1) != 0;
  request.has_body = (input.front() & 2) != 0;
  const std::vector<std::string_view> lines = split(input.substr(1), '\n');
  const std::size_t blank = std::min(lines.front().find(' '), lines.front().size());
  request.method = lines.front().substr(0, blank);
  request.target = lines.front().substr(std::min(blank + 1, lines.front().size()));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = std::min(lines[i].find(':'), lines[i].size());
    request.headers.push_back({std::string(lines[i].substr(0, colon)),
                               std::string(trim(lines[i].substr(std::min(colon + 1, lines[i].size()))))});
  }
  return request;
}

bool is_one_line(const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; }

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static test::ServedBundle bundle;
  const serve::Request request = request_of(fuzz::text_of(data, size));
  serve::Answer answer = bundle.responder.answer(request);
  fuzz::require(answer.status != 500 && answer.status != 503, "nothing is wrong with the bundle");
  fuzz::require(request.method == "GET" || answer.status >= 304 || answer.body == nullptr,
                "only GET gets a content");
  fuzz::require(
      request.is_private || answer.status >= 304 || request.target.find("bundle") != std::string::npos,
      "over plain HTTP there is the folder alone");
  for (const serve::Header& header : answer.headers) {
    fuzz::require(is_one_line(header.name) && is_one_line(header.value), "a header is one line");
  }
  const bool has_body = answer.body != nullptr;
  const std::string text = test::text_of(answer);
  fuzz::require(!has_body || text.size() == answer.size_bytes, "the length is the one that was promised");
  return 0;
}
