#include "serve/http.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.hpp"
#include "serve/bodies.hpp"

namespace bundle::serve {
namespace {

const std::string* find_header(const std::vector<Header>& headers, std::string_view name) {
  const std::string wanted = lower(name);
  const auto found =
      std::ranges::find_if(headers, [&](const Header& header) { return lower(header.name) == wanted; });
  return found == headers.end() ? nullptr : &found->value;
}

/// Source: RFC 9110 section 15.
std::string_view reason_of(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 416:
      return "Range Not Satisfiable";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

}  // namespace

const std::string* Request::header(std::string_view name) const { return find_header(headers, name); }
const std::string* Answer::header(std::string_view name) const { return find_header(headers, name); }

Answer text_answer(unsigned status, std::string_view type, std::string text) {
  Answer answer{
      .status = status, .headers = {{"Content-Type", std::string(type)}}, .size_bytes = text.size()};
  answer.body = std::make_unique<TextBody>(std::make_shared<const std::string>(std::move(text)));
  return answer;
}

Answer words(unsigned status, const std::string& text) {
  return text_answer(status, "text/plain; charset=utf-8", text + "\n");
}

std::string head_of(const Answer& answer, bool keeps_open, std::string_view date) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nServer: bundle\r\n", answer.status,
                                 reason_of(answer.status), date);
  for (const Header& header : answer.headers) {
    text += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  if (answer.status != 304) {
    text += fmt::format("Content-Length: {}\r\n", answer.size_bytes);
  }
  text += "X-Content-Type-Options: nosniff\r\n";
  return text + (keeps_open ? "\r\n" : "Connection: close\r\n\r\n");
}

std::string http_date(std::int64_t seconds) {
  const std::time_t time = seconds;
  struct tm parts{};
  ::gmtime_r(&time, &parts);
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays.at(parts.tm_wday), parts.tm_mday,
                     kMonths.at(parts.tm_mon), parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                     parts.tm_sec);
}

}  // namespace bundle::serve
