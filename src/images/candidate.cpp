#include "images/candidate.hpp"

namespace bundle::images {
namespace {

std::string joined(const std::vector<std::string>& path, std::string_view wants_quotes, bool with_positions) {
  std::string text;
  for (const std::string& part : path) {
    if (part.starts_with('[')) {
      text += with_positions ? part : "";
    } else if (part.empty() || part.find_first_of(wants_quotes) != std::string::npos) {
      text += "[\"" + part + "\"]";
    } else {
      text += (text.empty() ? "" : ".") + part;
    }
  }
  return text;
}

}  // namespace

std::string to_string(const std::vector<std::string>& path) { return joined(path, ". /", true); }

std::string rule_path(const std::vector<std::string>& path) { return joined(path, ". /{}[]*\"", false); }

}  // namespace bundle::images
