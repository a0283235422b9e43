#include "rpm/repomd.hpp"

#include <expat.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"

namespace bundle::rpm {
namespace {

constexpr std::size_t kMaxFiles = 200;
constexpr std::size_t kMaxTextBytes = 4096;
constexpr int kMaxDepth = 20;
constexpr std::string_view kRepoNamespace = "http://linux.duke.edu/metadata/repo|";
constexpr std::string_view kXmlBase = "http://www.w3.org/XML/1998/namespace|base";

using ParserHandle = Handle<XML_ParserStruct, XML_ParserFree>;

/// A `<data>` as text, before it is checked.
struct RawFile {
  std::string type;
  std::string location;
  std::string base;
  std::string checksum_kind;
  std::string checksum;
  std::string size;
  std::string open_size;
};

/// Collects the elements. Errors inside expat's callbacks are kept in `problem`: nothing may be thrown
/// through C.
struct Collector {
  XML_Parser parser = nullptr;
  std::vector<RawFile> files;
  std::string revision;
  std::string problem;
  std::string text;
  int depth = 0;
  bool in_data = false;

  void stop(std::string message) {
    problem = std::move(message);
    XML_StopParser(parser, XML_FALSE);
  }
};

std::string attribute(const XML_Char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2) {
    if (name == attributes[0]) {
      return attributes[1];
    }
  }
  return {};
}

std::string_view local_name(const XML_Char* name) {
  const std::string_view full = name;
  return full.starts_with(kRepoNamespace) ? full.substr(kRepoNamespace.size()) : full;
}

void start_element(void* user, const XML_Char* full_name, const XML_Char** attributes) {
  auto& collector = *static_cast<Collector*>(user);
  const std::string_view name = local_name(full_name);
  collector.text.clear();
  if (++collector.depth > kMaxDepth) {
    return collector.stop("elements nested too deeply");
  }
  if (collector.depth == 1 && name != "repomd") {
    return collector.stop("the root element is not repomd");
  }
  if (collector.depth == 2 && name == "data") {
    if (collector.files.size() == kMaxFiles) {
      return collector.stop("too many files");
    }
    collector.in_data = true;
    collector.files.push_back({.type = attribute(attributes, "type")});
  } else if (collector.depth == 3 && collector.in_data && name == "location") {
    collector.files.back().location = attribute(attributes, "href");
    collector.files.back().base = attribute(attributes, kXmlBase);
  } else if (collector.depth == 3 && collector.in_data && name == "checksum") {
    collector.files.back().checksum_kind = attribute(attributes, "type");
  }
}

void end_element(void* user, const XML_Char* full_name) {
  auto& collector = *static_cast<Collector*>(user);
  const std::string_view name = local_name(full_name);
  const std::string text(trim(collector.text));
  if (collector.depth == 3 && collector.in_data) {
    RawFile& file = collector.files.back();
    if (name == "checksum") {
      file.checksum = text;
    } else if (name == "size") {
      file.size = text;
    } else if (name == "open-size") {
      file.open_size = text;
    }
  } else if (collector.depth == 2) {
    if (name == "revision") {
      collector.revision = text;
    }
    collector.in_data = false;
  }
  collector.text.clear();
  --collector.depth;
}

void character_data(void* user, const XML_Char* text, int length) {
  auto& collector = *static_cast<Collector*>(user);
  if (collector.text.size() + static_cast<std::size_t>(length) > kMaxTextBytes) {
    return collector.stop("a text too long");
  }
  collector.text.append(text, static_cast<std::size_t>(length));
}

/// Entities can only be declared there, so without it nothing can be expanded.
void doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  static_cast<Collector*>(user)->stop("a document type declaration");
}

Collector collect(std::string_view bytes, const std::string& name) {
  const ParserHandle parser(XML_ParserCreateNS(nullptr, '|'));
  if (!parser) {
    fail(ErrorKind::bug, "no memory for an XML parser");
  }
  Collector collector{.parser = parser.get()};
  XML_SetUserData(parser.get(), &collector);
  XML_SetElementHandler(parser.get(), start_element, end_element);
  XML_SetCharacterDataHandler(parser.get(), character_data);
  XML_SetStartDoctypeDeclHandler(parser.get(), doctype);
  if (XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), XML_TRUE) != XML_STATUS_OK) {
    const Position position{.file = name,
                            .line = static_cast<int>(XML_GetCurrentLineNumber(parser.get())),
                            .column = static_cast<int>(XML_GetCurrentColumnNumber(parser.get())) + 1};
    throw Error(ErrorKind::integrity, position,
                "no repository index: " + (collector.problem.empty()
                                               ? std::string(XML_ErrorString(XML_GetErrorCode(parser.get())))
                                               : collector.problem));
  }
  return collector;
}

std::uint64_t size_of(const std::string& text, std::uint64_t limit_bytes, std::string_view what) {
  if (text.empty()) {
    return 0;
  }
  const auto size = parse_unsigned(text);
  if (!size || *size > limit_bytes) {
    fail(ErrorKind::integrity, "the {} '{}' is not a number up to {}", what, text, limit_bytes);
  }
  return *size;
}

MetadataFile check(const RawFile& raw) {
  if (!raw.base.empty()) {
    fail(ErrorKind::integrity, "its location is on another server ('{}')", raw.base);
  }
  const HashKind kind = parse_hash_kind(raw.checksum_kind);
  const std::string checksum = lower(raw.checksum);
  if (checksum.size() != hex_length(kind) ||
      checksum.find_first_not_of("0123456789abcdef") != std::string::npos) {
    fail(ErrorKind::integrity, "its checksum '{}' is not a {}", raw.checksum, to_string(kind));
  }
  return {.type = raw.type,
          .location = RelPath(raw.location),
          .checksum_kind = kind,
          .checksum = checksum,
          .size_bytes = size_of(raw.size, kMaxMetadataBytes, "size"),
          .open_size_bytes = size_of(raw.open_size, kMaxOpenMetadataBytes, "open-size")};
}

[[noreturn]] void refuse_without_primary(const Collector& collected, const std::string& name) {
  const bool has_sqlite = std::any_of(collected.files.begin(), collected.files.end(),
                                      [](const RawFile& file) { return file.type == "primary_db"; });
  if (has_sqlite) {
    throw Error(
        ErrorKind::integrity,
        fmt::format("{} names only the sqlite copy of the package list ('primary_db'), not the list in "
                    "XML ('primary')",
                    name),
        "make the index again with createrepo_c, which always writes the XML (--database only adds "
        "sqlite), or mirror both");
  }
  fail(ErrorKind::integrity, "{} names no 'primary': this is not an RPM repository's index", name);
}

bool is_used(const std::string& type) {
  return type == "primary" || type == "filelists" || type == "modules";
}

}  // namespace

const MetadataFile* Repomd::find(const std::string& type) const {
  const auto it = files.find(type);
  return it == files.end() ? nullptr : &it->second;
}

Repomd parse_repomd(std::string_view bytes, const std::string& name) {
  if (bytes.size() > kMaxRepomdBytes) {
    fail(ErrorKind::integrity, "{} is longer than {}", name, format_size(kMaxRepomdBytes));
  }
  const Collector collected = collect(bytes, name);
  Repomd repomd{.revision = collected.revision};
  for (const RawFile& raw : collected.files) {
    if (!is_used(raw.type)) {
      continue;  // sqlite copies, comps, zchunk, deltas: never read, so nothing of them can hurt
    }
    const bool first = with_context("reading '" + raw.type + "' in " + name,
                                    [&] { return repomd.files.emplace(raw.type, check(raw)).second; });
    if (!first) {
      fail(ErrorKind::integrity, "{} names '{}' twice", name, raw.type);
    }
  }
  if (repomd.find("primary") == nullptr) {
    refuse_without_primary(collected, name);
  }
  return repomd;
}

std::vector<MetadataFile> plan_metadata(const Repomd& repomd) {
  std::vector<MetadataFile> plan;
  for (const char* type : {"primary", "modules"}) {
    if (const MetadataFile* file = repomd.find(type)) {
      plan.push_back(*file);
    }
  }
  return plan;
}

bool establishes_trust(HashKind kind) { return kind != HashKind::md5 && kind != HashKind::sha1; }

}  // namespace bundle::rpm
