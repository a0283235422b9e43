#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace bundle::yaml {

enum class Kind { null, scalar, sequence, mapping };

struct Member;

/// A YAML node as plain data. Scalars stay text: `no`, `0644` and `1.10` are what was written; `quoted` tells
/// a quoted `"null"` from a plain one. Anchors are resolved (within a cap, against alias bombs).
struct Node {
  Kind kind = Kind::null;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< quoted or block scalar, so never null, bool or number
  std::vector<Node> items;
  std::vector<Member> members;  ///< in file order
  int line = 0;                 ///< of its start, from 1
  int column = 0;
  int key_line = 0;  ///< of the key whose value it is; 0 elsewhere
  int key_column = 0;

  /// The member with this key; null when absent or this is no mapping.
  const Node* find(std::string_view key) const;
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }
};

struct Member {
  std::string key;
  Node value;
};

/// `keep_all`: a key that stands twice has two members; find() gives the first.
enum class DuplicateKeys { refuse, last_wins, keep_all };

/// All documents of a text (JSON is YAML). Errors are `kind` with file, line and column. Refuses nesting over
/// 200 levels, and more than 4 million nodes; anchors and aliases may repeat 500,000 nodes and 64 MiB of
/// text.
std::vector<Node> parse_all(std::string_view text, const std::string& name, ErrorKind kind,
                            DuplicateKeys duplicates = DuplicateKeys::refuse);
/// The one document of a text (an empty text is a null node).
Node parse_one(std::string_view text, const std::string& name, ErrorKind kind);

/// Strict reading of one of our own mappings: typed members; unknown keys are refused by `done()` with the
/// nearest name. Errors are Error(spec) with file:line:column. `node` and the Reader's file name must outlive
/// it.
class Reader {
 public:
  /// Throws unless `node` is a mapping; `what` names it in errors ("a component").
  Reader(const Node& node, std::string file, std::string what);

  const Node& required(std::string_view key);
  const Node* optional(std::string_view key);
  std::string text(std::string_view key);
  std::string text_or(std::string_view key, std::string_view fallback);
  /// A sequence of scalars; a missing key is an empty list.
  std::vector<std::string> texts(std::string_view key);
  /// The items of a sequence; none when the key is missing.
  const std::vector<Node>& items(std::string_view key);
  /// The members of a mapping; none when the key is missing.
  const std::vector<Member>& members(std::string_view key);
  /// All members of this mapping itself, for free keys.
  const std::vector<Member>& all_members();
  bool boolean_or(std::string_view key, bool fallback);
  void done();

  const std::string& file() const { return file_; }
  Position at(const Node& node) const { return {.file = file_, .line = node.line, .column = node.column}; }
  [[noreturn]] void fail_at(const Node& node, std::string message, std::string hint = {}) const;
  /// The text of a scalar node; throws for anything else, naming `what`.
  std::string scalar(const Node& node, std::string_view what) const;

 private:
  const Node& node_;
  std::string file_;
  std::string what_;
  std::vector<std::string> asked_;
};

}  // namespace bundle::yaml
