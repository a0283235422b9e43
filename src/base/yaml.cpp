#include "base/yaml.hpp"

#include <yaml.h>

#include <algorithm>
#include <map>

#include "base/suggest.hpp"
#include "base/utf8.hpp"

namespace bundle::yaml {
namespace {

constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxNodes = 4'000'000;
constexpr std::size_t kMaxRepeatedNodes = 500'000;
constexpr std::size_t kMaxRepeatedBytes = 64u << 20;

struct Event {
  yaml_event_t event{};
  Event() = default;
  ~Event() { yaml_event_delete(&event); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
};

/// What a copy of a node costs.
struct Extent {
  std::size_t nodes = 1;
  std::size_t text_bytes = 0;
  int height = 1;  // levels

  void add_below(const Extent& below) {
    nodes += below.nodes;
    text_bytes += below.text_bytes;
    height = std::max(height, below.height + 1);
  }
};

Extent extent_of(const Node& node) {
  Extent extent{.text_bytes = node.text.size()};
  for (const Node& item : node.items) {
    extent.add_below(extent_of(item));
  }
  for (const Member& member : node.members) {
    extent.add_below(extent_of(member.value));
    extent.text_bytes += member.key.size();
  }
  return extent;
}

/// A node that aliases may repeat.
struct Anchor {
  Node node;
  Extent extent;
};

/// Turns libyaml's events into Nodes. Source: the libyaml API in yaml.h (events of YAML 1.1).
class Parser {
 public:
  Parser(std::string_view text, const std::string& name, ErrorKind kind, DuplicateKeys duplicates)
      : text_(without_byte_order_mark(text)), name_(name), kind_(kind), duplicates_(duplicates) {
    refuse_utf16();
    if (yaml_parser_initialize(&parser_) != 1) {
      fail(ErrorKind::bug, "no memory for a YAML parser");
    }
    yaml_parser_set_input_string(
        &parser_, reinterpret_cast<const unsigned char*>(text_.data() == nullptr ? "" : text_.data()),
        text_.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~Parser() { yaml_parser_delete(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  std::vector<Node> documents() {
    std::vector<Node> all;
    while (true) {
      Event next;
      read(next);
      switch (next.event.type) {
        case YAML_STREAM_END_EVENT:
          return all;
        case YAML_DOCUMENT_START_EVENT:
          anchors_.clear();
          all.push_back(node(0));
          break;
        default:
          break;
      }
    }
  }

 private:
  /// What PowerShell's `>` and Notepad's "Unicode" write.
  void refuse_utf16() const {
    if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff")) {
      throw Error(kind_, Position{.file = name_}, "this is text in UTF-16, and UTF-8 is expected",
                  "save it again with the encoding UTF-8");
    }
  }

  void read(Event& next) {
    if (yaml_parser_parse(&parser_, &next.event) == 1) {
      return;
    }
    const std::string problem = parser_.problem == nullptr ? "no memory" : parser_.problem;
    // What is no UTF-8 fails before there is a mark; only the offset is known then.
    const bool is_at_offset = parser_.error == YAML_READER_ERROR;
    throw Error(kind_, is_at_offset ? place(parser_.problem_offset) : place(parser_.problem_mark),
                "this is not YAML: " + problem);
  }

  Position place(std::size_t offset) const {
    const std::string_view before = text_.substr(0, offset);
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {.file = name_,
            .line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
            .column = static_cast<int>(before.size() - line_start) + 1};
  }

  Position place(const yaml_mark_t& mark) const {
    return {
        .file = name_, .line = static_cast<int>(mark.line) + 1, .column = static_cast<int>(mark.column) + 1};
  }

  Node node(int depth) {
    Event next;
    read(next);
    return node_from(next, depth);
  }

  Node node_from(const Event& next, int depth) {
    const yaml_event_t& event = next.event;
    require_depth(depth, event);
    if (event.type == YAML_ALIAS_EVENT) {
      return aliased(event, depth);
    }
    spend(1, event);
    Node made{.line = static_cast<int>(event.start_mark.line) + 1,
              .column = static_cast<int>(event.start_mark.column) + 1};
    const unsigned char* anchor = nullptr;
    if (event.type == YAML_SCALAR_EVENT) {
      anchor = event.data.scalar.anchor;
      fill_scalar(made, event);
    } else if (event.type == YAML_SEQUENCE_START_EVENT) {
      anchor = event.data.sequence_start.anchor;
      fill_sequence(made, depth);
    } else if (event.type == YAML_MAPPING_START_EVENT) {
      anchor = event.data.mapping_start.anchor;
      fill_mapping(made, depth);
    }
    if (anchor != nullptr) {
      const Extent extent = extent_of(made);
      spend_copy(extent, event);
      anchors_.insert_or_assign(reinterpret_cast<const char*>(anchor), Anchor{made, extent});
    }
    return made;
  }

  Node aliased(const yaml_event_t& event, int depth) {
    const std::string alias = reinterpret_cast<const char*>(event.data.alias.anchor);
    const auto it = anchors_.find(alias);
    if (it == anchors_.end()) {
      throw Error(kind_, place(event.start_mark),
                  fmt::format("the alias *{} has no anchor before it", alias));
    }
    const Anchor& anchor = it->second;
    require_depth(depth + anchor.extent.height - 1, event);
    spend_copy(anchor.extent, event);
    return anchor.node;
  }

  void require_depth(int depth, const yaml_event_t& event) const {
    if (depth > kMaxDepth) {
      throw Error(kind_, place(event.start_mark), fmt::format("YAML nests deeper than {} levels", kMaxDepth));
    }
  }

  void spend_copy(const Extent& extent, const yaml_event_t& event) {
    spend(extent.nodes, event);
    repeated_nodes_ += extent.nodes;
    repeated_bytes_ += extent.text_bytes;
    if (repeated_nodes_ > kMaxRepeatedNodes) {
      throw Error(
          kind_, place(event.start_mark),
          fmt::format("the anchors and aliases of this YAML repeat more than {} nodes", kMaxRepeatedNodes));
    }
    if (repeated_bytes_ > kMaxRepeatedBytes) {
      throw Error(
          kind_, place(event.start_mark),
          fmt::format("the anchors and aliases of this YAML repeat more than {} bytes", kMaxRepeatedBytes));
    }
  }

  void spend(std::size_t nodes, const yaml_event_t& event) {
    nodes_ += nodes;
    if (nodes_ > kMaxNodes) {
      throw Error(kind_, place(event.start_mark), fmt::format("YAML has more than {} nodes", kMaxNodes));
    }
  }

  static void fill_scalar(Node& made, const yaml_event_t& event) {
    made.text.assign(reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length);
    made.quoted = event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    const bool is_null = !made.quoted && (made.text.empty() || made.text == "~" || made.text == "null" ||
                                          made.text == "Null" || made.text == "NULL");
    made.kind = is_null ? Kind::null : Kind::scalar;
  }

  void fill_sequence(Node& made, int depth) {
    made.kind = Kind::sequence;
    while (true) {
      Event next;
      read(next);
      if (next.event.type == YAML_SEQUENCE_END_EVENT) {
        return;
      }
      made.items.push_back(node_from(next, depth + 1));
    }
  }

  void fill_mapping(Node& made, int depth) {
    made.kind = Kind::mapping;
    Seen seen;
    while (true) {
      Event next;
      read(next);
      if (next.event.type == YAML_MAPPING_END_EVENT) {
        return;
      }
      const Position where = place(next.event.start_mark);
      const Node key = node_from(next, depth + 1);
      if (key.kind == Kind::sequence || key.kind == Kind::mapping) {
        throw Error(kind_, where, "a key must be plain text");
      }
      Node value = node(depth + 1);
      value.key_line = where.line;
      value.key_column = where.column;
      if (key.text == "<<" && !key.quoted && merge(made, value, seen)) {
        continue;
      }
      add_member(made, key.text, std::move(value), seen, where);
    }
  }

  /// Where each key of a mapping stands; a merged one gives way to one that is written out.
  struct Slot {
    std::size_t index;
    bool merged;
  };
  using Seen = std::map<std::string, Slot>;

  void add_member(Node& made, const std::string& key, Node value, Seen& seen, const Position& where) {
    const auto [it, is_new] = seen.emplace(key, Slot{made.members.size(), false});
    if (is_new) {
      made.members.push_back({.key = key, .value = std::move(value)});
      return;
    }
    if (!it->second.merged && duplicates_ == DuplicateKeys::keep_all) {
      made.members.push_back({.key = key, .value = std::move(value)});
      return;
    }
    if (!it->second.merged && duplicates_ == DuplicateKeys::refuse) {
      throw Error(kind_, where,
                  fmt::format("the key '{}' stands twice in one mapping", first_bytes(key, 100)));
    }
    it->second.merged = false;
    made.members[it->second.index].value = std::move(value);
  }

  /// YAML 1.1's merge key: members of `value` (a mapping or a list of them) that `made` does not have yet.
  static bool merge(Node& made, const Node& value, Seen& seen) {
    const auto merge_one = [&](const Node& from) {
      for (const Member& member : from.members) {
        if (seen.emplace(member.key, Slot{made.members.size(), true}).second) {
          made.members.push_back(member);
        }
      }
    };
    if (value.is_mapping()) {
      merge_one(value);
      return true;
    }
    if (value.is_sequence() && std::all_of(value.items.begin(), value.items.end(),
                                           [](const Node& item) { return item.is_mapping(); })) {
      std::for_each(value.items.begin(), value.items.end(), merge_one);
      return true;
    }
    return false;
  }

  yaml_parser_t parser_{};
  std::string_view text_;
  const std::string& name_;
  ErrorKind kind_;
  DuplicateKeys duplicates_;
  std::map<std::string, Anchor> anchors_;
  std::size_t nodes_ = 0;
  std::size_t repeated_nodes_ = 0;
  std::size_t repeated_bytes_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) {
      return &member.value;
    }
  }
  return nullptr;
}

std::vector<Node> parse_all(std::string_view text, const std::string& name, ErrorKind kind,
                            DuplicateKeys duplicates) {
  return Parser(text, name, kind, duplicates).documents();
}

Node parse_one(std::string_view text, const std::string& name, ErrorKind kind) {
  std::vector<Node> all = parse_all(text, name, kind);
  if (all.empty()) {
    return {};
  }
  if (all.size() > 1) {
    throw Error(kind, Position{.file = name, .line = all[1].line, .column = all[1].column},
                "a second document begins here, where one is expected");
  }
  return std::move(all.front());
}

}  // namespace bundle::yaml
