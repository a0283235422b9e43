#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "base/json.hpp"
#include "steps/change.hpp"
#include "steps/record.hpp"

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
  bool has_begin = false;  ///< false: the record of its beginning is lost, and what it changed unknown
};

/// A line of the journal that is no whole record, or one that this version does not understand.
struct UnreadableRecord {
  int line = 0;
  std::string why;
};

/// The journal of a host: /var/lib/bundle/journal. Append-only; every record is a line with its own checksum,
/// on disk (fsync) before the call returns. Format: docs/formats/journal.md.
/// A torn last record (power cut) is cut off when the journal is opened for writing. A broken record with a
/// whole one behind it, or one that this version does not know, is damage.
class Journal {
 public:
  enum class Access { read, write };
  /// Whether damage is Error(integrity), as for whoever builds on the journal, or passed over: for those who
  /// only look, or take back what they can.
  enum class Damage { refuse, pass_over };
  static constexpr std::uint64_t kMaxBytes = 64 << 20;
  /// Opens, and makes folder and file for `write`. A journal of more than `max_bytes` is not read, nor
  /// written.
  Journal(std::filesystem::path file, Access access, Damage damage = Damage::refuse,
          std::uint64_t max_bytes = kMaxBytes);

  /// What was passed over.
  const std::vector<UnreadableRecord>& unreadable() const { return unreadable_; }
  const std::vector<InstallRecord>& installs() const { return installs_; }
  /// In the order in which steps first began.
  const std::vector<StepRecord>& steps() const { return steps_; }
  const StepRecord* find(std::string_view step) const;

  // Each is read back before it is written: a record that no reader would take is Error(bug), and the journal
  // stays as it was. A journal that is full takes no new beginning, but still the end of what has begun.
  void install(const InstallRecord& record);
  void begin(const std::string& step, const std::string& inputs, const std::vector<Change>& changes,
             std::int64_t now, const std::vector<std::string>& needs = {});
  /// A step notes that a part of it is finished and on disk.
  void mark(const std::string& step, const json::Value& what, std::int64_t now);
  void done(const std::string& step, std::int64_t seconds, std::int64_t now);
  void failed(const std::string& step, const std::string& error, std::int64_t now);
  void undoing(const std::string& step, std::int64_t now);
  void undone(const std::string& step, std::int64_t now);

  /// Keeps the file as it is, damage and all, under a name of its own beside it, and begins anew with an
  /// empty one. Returns that name.
  std::filesystem::path put_aside();

 private:
  void append(const Record& record);
  void replay_all(std::string_view text, Damage damage);
  void replay(const Record& record);
  StepRecord& step_of(const std::string& id);

  std::filesystem::path file_;
  std::uint64_t max_bytes_;
  UniqueFd fd_;
  std::uint64_t end_ = 0;
  std::vector<InstallRecord> installs_;
  std::vector<StepRecord> steps_;
  std::vector<UnreadableRecord> unreadable_;
};

}  // namespace bundle::steps
