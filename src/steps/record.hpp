#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "steps/change.hpp"

namespace bundle::steps {

/// The install as a whole.
struct InstallRecord {
  std::string bundle;
  std::string version;
  std::string index_sha256;
  std::string roles;
  std::string node;
  std::int64_t at = 0;
};

/// One record of the journal; which members count follows from `event`.
struct Record {
  std::string event;
  std::int64_t at = 0;    ///< seconds since 1970 by the clock of the host, right or wrong
  InstallRecord install;  ///< but for its `at`
  std::string step;
  std::string inputs;
  std::vector<Change> changes;
  std::optional<std::vector<std::string>> needs;  ///< ids of steps that it builds on, where that was kept
  json::Value what;
  std::int64_t seconds = 0;
  std::string error;
};

/// The JSON of a record. Whatever bytes its texts have, parse_record gives them back as they were; but an
/// error, which is for people, is made clean and cut to 16 KiB (its middle goes). Throws Error(bug) for a
/// number that is not whole.
std::string to_json(const Record& record);

/// The line of a record's JSON, with checksum and newline.
std::string to_line(std::string_view json);

/// The JSON of a whole record line without its newline; nothing when the checksum does not match.
std::optional<std::string_view> payload_of(std::string_view line);

/// Reads the JSON of a record. Throws Error(integrity) for what this version does not know. Version 0.1.0
/// wrote texts that were not UTF-8 as they were, and seconds below 0: both are read.
Record parse_record(std::string_view payload, const std::string& where);

}  // namespace bundle::steps
