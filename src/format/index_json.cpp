// Index to JSON and back. The order of keys is the writer's (sorted); the reader asks for each by name.
#include "base/error.hpp"
#include "base/version.hpp"
#include "format/index.hpp"
#include "format/index_check.hpp"
#include "spec/versions.hpp"

namespace bundle::format {
namespace {

using json::Array;
using json::Object;
using json::Reader;
using json::Value;

// ---- writing

template <class Range>
Array texts(const Range& range) {
  return Array(range.begin(), range.end());
}

Value to_value(const Piece& piece) { return Array{piece.part, piece.offset, piece.size_bytes}; }

Value to_value(const Entry& entry) {
  Array at;
  for (const Piece& piece : entry.at) {
    at.push_back(to_value(piece));
  }
  return Object{{"at", std::move(at)},
                {"mode", static_cast<std::int64_t>(entry.mode)},
                {"path", entry.path.str()},
                {"sha256", entry.sha256},
                {"size", entry.size_bytes}};
}

Value to_value(const Image& image) {
  Object row{{"digest", image.digest},      {"platform", image.platform}, {"ref", image.ref},
             {"roles", texts(image.roles)}, {"size", image.size_bytes},   {"why", texts(image.why)}};
  return with_voucher(std::move(row), image.vouched);
}

Value to_value(const Rpm& rpm) {
  return Object{{"nevra", rpm.nevra},        {"path", rpm.path},   {"repository", rpm.repository},
                {"roles", texts(rpm.roles)}, {"trust", rpm.trust}, {"why", texts(rpm.why)}};
}

Value to_value(const Chart& chart) {
  Object row{{"component", chart.component},  {"name", chart.name},
             {"namespace", chart.namespace_}, {"path", chart.path},
             {"release", chart.release},      {"roles", texts(chart.roles)},
             {"values", texts(chart.values)}, {"version", chart.version},
             {"why", texts(chart.why)}};
  if (chart.skip_schema) {
    row.emplace("skip-schema", true);
  }
  return with_voucher(std::move(row), chart.vouched);
}

Value to_value(const Component& component) {
  Object row{{"apply", component.apply},
             {"health", component.health},
             {"name", component.name},
             {"needs", texts(component.needs)},
             {"pod-security", component.pod_security},
             {"roles", texts(component.roles)},
             {"smoke", component.smoke},
             {"version", component.version}};
  if (component.network) {
    row["network"] = to_json(*component.network);
  }
  if (!component.ports.empty()) {
    row["ports"] = to_json(component.ports);
  }
  return row;
}

Value to_value(const File& file) {
  Object row{{"mode", static_cast<std::int64_t>(file.mode)},
             {"path", file.path},
             {"roles", texts(file.roles)},
             {"to", file.to},
             {"url", file.url}};
  return with_voucher(std::move(row), file.vouched);
}

Value to_value(const Manifest& manifest) {
  return with_voucher(
      Object{{"component", manifest.component}, {"path", manifest.path}, {"source", manifest.source}},
      manifest.vouched);
}

Value to_value(const Program& program) {
  return with_voucher(Object{{"path", program.path}, {"source", program.source}}, program.vouched);
}

Value to_value(const Part& part) {
  Object row{{"name", part.name}, {"size", part.size_bytes}};
  if (!part.sha256.empty()) {
    row["sha256"] = part.sha256;
  }
  return row;
}

template <class T>
Array list(const std::vector<T>& items) {
  Array array;
  array.reserve(items.size());
  for (const T& item : items) {
    array.push_back(to_value(item));
  }
  return array;
}

// ---- reading

Roles read_roles(Reader& reader) {
  const std::vector<std::string> names = reader.strings("roles");
  return {names.begin(), names.end()};
}

unsigned read_mode(Reader& reader) {
  const std::uint64_t mode = reader.number("mode");
  if (mode > 0777) {
    reader.fail_at("mode", "has bits beside rwxrwxrwx");
  }
  return static_cast<unsigned>(mode);
}

std::uint64_t read_size(Reader& reader) {
  const std::uint64_t size = reader.number("size");
  if (size > kMaxSizeBytes) {
    reader.fail_at("size", "is larger than 2^50");
  }
  return size;
}

/// Each item of a list through `read`, which takes its Reader.
template <class Read>
auto read_list(Reader& parent, std::string_view key, Read read) {
  std::vector<decltype(read(parent))> items;
  for (const Value& value : parent.array(key)) {
    Reader reader(value, fmt::format("{}.{}[{}]", parent.where(), key, items.size()));
    items.push_back(read(reader));
    reader.done();
  }
  return items;
}

spec::Voucher read_voucher(Reader& reader) {
  const std::optional<spec::Voucher> voucher = spec::parse_voucher(reader.string_or("vouched", ""));
  if (!voucher) {
    reader.fail_at("vouched", "is none of the known ways to vouch for something");
  }
  return *voucher;
}

Piece read_piece(const Value& value, const Reader& entry) {
  const Array* numbers = value.if_array();
  if (numbers == nullptr || numbers->size() != 3) {
    entry.fail_at("at", "expected lists of three numbers");
  }
  const auto number = [&](std::size_t i) {
    const std::int64_t* given = (*numbers)[i].if_integer();
    if (given == nullptr || *given < 0 || static_cast<std::uint64_t>(*given) > kMaxSizeBytes) {
      entry.fail_at("at", "expected whole numbers from 0 to 2^50");
    }
    return static_cast<std::uint64_t>(*given);
  };
  return {.part = number(0), .offset = number(1), .size_bytes = number(2)};
}

Entry read_entry(Reader& reader) {
  Entry entry{.path = RelPath(reader.string("path"))};
  entry.mode = read_mode(reader);
  entry.size_bytes = read_size(reader);
  entry.sha256 = reader.string("sha256");
  for (const Value& piece : reader.array("at")) {
    entry.at.push_back(read_piece(piece, reader));
  }
  return entry;
}

Image read_image(Reader& reader) {
  return {.ref = reader.string("ref"),
          .digest = reader.string("digest"),
          .platform = reader.string("platform"),
          .size_bytes = read_size(reader),
          .roles = read_roles(reader),
          .why = reader.strings("why"),
          .vouched = read_voucher(reader)};
}

Rpm read_rpm(Reader& reader) {
  return {.nevra = reader.string("nevra"),
          .path = reader.string("path"),
          .repository = reader.string("repository"),
          .roles = read_roles(reader),
          .trust = reader.string("trust"),
          .why = reader.strings("why")};
}

Chart read_chart(Reader& reader) {
  return {.name = reader.string("name"),
          .version = reader.string("version"),
          .path = reader.string("path"),
          .release = reader.string("release"),
          .namespace_ = reader.string("namespace"),
          .values = reader.strings("values"),
          .skip_schema = reader.boolean_or("skip-schema", false),
          .component = reader.string("component"),
          .roles = read_roles(reader),
          .why = reader.strings("why"),
          .vouched = read_voucher(reader)};
}

Component read_component(Reader& reader) {
  Component made{.name = reader.string("name"),
                 .version = reader.string("version"),
                 .needs = reader.strings("needs"),
                 .apply = reader.string("apply"),
                 .roles = read_roles(reader),
                 .health = reader.array("health"),
                 .pod_security = reader.string("pod-security"),
                 .smoke = reader.string("smoke")};
  if (const Value* network = reader.member_or_null("network")) {
    Reader inner(*network, reader.where() + ".network");
    made.network = spec::read_network(inner);
    inner.done();
  }
  if (const Value* ports = reader.member_or_null("ports")) {
    Reader inner(*ports, reader.where() + ".ports");
    made.ports = spec::read_ports(inner);
    inner.done();
  }
  return made;
}

File read_file(Reader& reader) {
  return {.path = reader.string("path"),
          .to = reader.string("to"),
          .mode = read_mode(reader),
          .roles = read_roles(reader),
          .url = reader.string("url"),
          .vouched = read_voucher(reader)};
}

Manifest read_manifest(Reader& reader) {
  return {.path = reader.string("path"),
          .component = reader.string("component"),
          .source = reader.string("source"),
          .vouched = read_voucher(reader)};
}

Program read_program(Reader& reader) {
  return {.path = reader.string("path"), .source = reader.string("source"), .vouched = read_voucher(reader)};
}

Part read_part(Reader& reader) {
  Part part{.name = reader.string("name"), .size_bytes = read_size(reader)};
  if (reader.member_or_null("sha256") != nullptr) {
    part.sha256 = reader.string("sha256");
  }
  return part;
}

Installer read_installer(Reader& root) {
  Reader reader(root.member("installer"), root.where() + ".installer");
  Installer installer{.sha256 = reader.string("sha256"), .size_bytes = read_size(reader)};
  reader.done();
  return installer;
}

/// Refuses an index that a newer tool has written, before anything else in it is looked at.
std::string read_needed_tool(Reader& root, const std::string& name) {
  Reader needs(root.member("needs"), root.where() + ".needs");
  const std::string& tool = needs.string("tool");
  const std::string& format = root.string("format");
  const bool is_ours = format == kFormat;
  if (!is_ours && !format.starts_with("bundle/")) {
    fail(ErrorKind::integrity, "{} is not the index of a bundle", name);
  }
  if (!is_version(tool)) {
    needs.fail_at("tool", "expected a version as in 0.1.0");
  }
  if (!is_ours || spec::compare_versions(tool, std::string(tool_version())) > 0) {
    throw Error(ErrorKind::integrity,
                fmt::format("this bundle needs version {} of the tool, and this is {}", tool, tool_version()),
                "run the installer that the bundle carries, once its signature is checked");
  }
  needs.done();
  return tool;
}

Index read_index(const Value& value, const std::string& name) {
  Reader root(value, name);
  Index index{.needs_tool = read_needed_tool(root, name)};
  index.name = root.string("name");
  index.version = root.string("version");
  index.target = root.string("target");
  index.arch = root.string("arch");
  index.created = root.string("created");
  index.lock = root.string("lock");
  index.installer = read_installer(root);
  index.parts = read_list(root, "parts", read_part);
  index.entries = read_list(root, "entries", read_entry);
  index.images = read_list(root, "images", read_image);
  index.rpms = read_list(root, "rpms", read_rpm);
  index.charts = read_list(root, "charts", read_chart);
  index.components = read_list(root, "components", read_component);
  index.files = read_list(root, "files", read_file);
  index.manifests = read_list(root, "manifests", read_manifest);
  if (root.member_or_null("programs") != nullptr) {
    index.programs = read_list(root, "programs", read_program);
  }
  root.done();
  return index;
}

}  // namespace

std::string to_canonical_json(Index index) {
  sort_lists(index);
  Object root{{"arch", index.arch},
              {"charts", list(index.charts)},
              {"components", list(index.components)},
              {"created", index.created},
              {"entries", list(index.entries)},
              {"files", list(index.files)},
              {"format", kFormat},
              {"images", list(index.images)},
              {"installer", Object{{"sha256", index.installer.sha256}, {"size", index.installer.size_bytes}}},
              {"lock", index.lock},
              {"manifests", list(index.manifests)},
              {"name", index.name},
              {"needs", Object{{"tool", index.needs_tool}}},
              {"parts", list(index.parts)},
              {"rpms", list(index.rpms)},
              {"target", index.target},
              {"version", index.version}};
  if (!index.programs.empty()) {
    root["programs"] = list(index.programs);
  }
  return json::canonical(std::move(root));
}

Index parse_index(std::string_view text, const std::string& name) {
  if (text.size() > kMaxIndexBytes) {
    fail(ErrorKind::integrity, "{} is larger than the {} bytes that an index may have", name, kMaxIndexBytes);
  }
  Index index = read_index(json::parse(text, name), name);
  check_index(index, name);
  if (to_canonical_json(index) != text) {
    fail(ErrorKind::integrity, "{} is not in canonical form (RFC 8785, lists sorted by their keys)", name);
  }
  return index;
}

}  // namespace bundle::format
