#include "serve/access_log.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace bundle::serve {

std::string access_line(const AccessRow& row) {
  constexpr std::size_t kMaxTargetBytes = 1024;
  json::Object line{{"address", row.address}, {"time", format_utc(row.time)}};
  if (!row.refused.empty()) {
    line["refused"] = row.refused;
  } else {
    line["bytes"] = row.bytes;
    line["method"] = escaped(row.method);
    line["ms"] = static_cast<std::int64_t>(row.took.count());
    line["path"] = escaped(row.target, kMaxTargetBytes);
    line["status"] = static_cast<std::int64_t>(row.status);
  }
  if (!row.fault.empty()) {
    line["fault"] = row.fault;
  }
  return json::canonical(json::Value(std::move(line))) + "\n";
}

}  // namespace bundle::serve
