#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "base/json.hpp"
#include "steps/change.hpp"

namespace bundle::steps {

/// What is known of a step.
enum class StepState { begun, done, failed, undoing, undone };
std::string_view to_string(StepState state);

struct StepRecord {
  std::string id;
  StepState state = StepState::begun;
  std::string inputs;           ///< digest of what the step's actions are made of; see inputs_of
  std::string done_inputs;      ///< those that it was last done with (since it was last undone)
  std::vector<Change> changes;  ///< as they were before the step first began (since it was last undone)
  json::Array marks;            ///< what the step noted on the way, since it last began anew
  std::optional<std::vector<std::string>> needs;  ///< ids of steps that it builds on, where that was kept
  std::string error;                              ///< of a failed one
  std::int64_t at = 0;                            ///< of the last record
  std::int64_t seconds = 0;                       ///< of a done one
};

/// The install as a whole.
struct InstallRecord {
  std::string bundle;
  std::string version;
  std::string index_sha256;
  std::string roles;
  std::string node;
  std::int64_t at = 0;
};

/// The journal of a host: /var/lib/bundle/journal. Append-only; every record is a line with its own checksum,
/// on disk (fsync) before the call returns. Format: docs/formats/journal.md.
/// A torn last record (power cut) is cut off when the journal is opened for writing; a broken record with a
/// good one behind it is Error(integrity).
class Journal {
 public:
  enum class Access { read, write };
  /// Opens, and makes folder and file for `write`.
  Journal(std::filesystem::path file, Access access);

  const std::vector<InstallRecord>& installs() const { return installs_; }
  /// In the order in which steps first began.
  const std::vector<StepRecord>& steps() const { return steps_; }
  const StepRecord* find(std::string_view step) const;

  void install(const InstallRecord& record);
  void begin(const std::string& step, const std::string& inputs, const std::vector<Change>& changes,
             std::int64_t now, const std::vector<std::string>& needs = {});
  /// A step notes that a part of it is finished and on disk.
  void mark(const std::string& step, const json::Value& what, std::int64_t now);
  void done(const std::string& step, std::int64_t seconds, std::int64_t now);
  void failed(const std::string& step, const std::string& error, std::int64_t now);
  void undoing(const std::string& step, std::int64_t now);
  void undone(const std::string& step, std::int64_t now);

 private:
  void append(const json::Object& record);
  void replay_all(std::string_view text);
  void replay(const json::Value& record, const std::string& where);
  StepRecord& step_of(const std::string& id);

  std::filesystem::path file_;
  UniqueFd fd_;
  std::uint64_t end_ = 0;
  std::vector<InstallRecord> installs_;
  std::vector<StepRecord> steps_;
};

}  // namespace bundle::steps
