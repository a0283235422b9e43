#include "format/index_check.hpp"

#include <algorithm>
#include <tuple>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "format/tar.hpp"

namespace bundle::format {
namespace {

bool consists_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view kNameLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr std::string_view kWordLetters = "abcdefghijklmnopqrstuvwxyz0123456789-._";
constexpr std::size_t kMaxWord = 64;
constexpr std::size_t kMaxText = 4096;

bool is_digest(std::string_view text) { return text.starts_with("sha256:") && is_hex_256(text.substr(7)); }
bool is_word(std::string_view text) { return text.size() <= kMaxWord && consists_of(text, kWordLetters); }

/// Whether there is a number that our canonical form cannot hold.
bool has_fraction(const json::Value& value) {
  if (const json::Array* array = value.if_array()) {
    return std::ranges::any_of(*array, has_fraction);
  }
  if (const json::Object* object = value.if_object()) {
    return std::ranges::any_of(*object, [](const auto& member) { return has_fraction(member.second); });
  }
  return value.if_double() != nullptr;
}

/// One tar member, for the questions that are asked of all of them together.
struct Member {
  std::string path;
  Piece piece;
};

/// All checks of one index; `name` begins every message.
class Checker {
 public:
  Checker(const Index& index, const std::string& name) : index_(index), name_(name) {}

  void run() {
    check_names();
    check_parts();
    check_entries();
    check_member_paths();
    check_coverage();
    check_sums();
    check_lists();
  }

 private:
  template <class... Args>
  void require(bool holds, fmt::format_string<Args...> format, Args&&... args) const {
    if (!holds) {
      throw Error(ErrorKind::integrity, name_ + ": " + fmt::format(format, std::forward<Args>(args)...));
    }
  }

  void check_names() const {
    require(index_.name.size() <= kMaxWord && consists_of(index_.name, kNameLetters), "name is malformed");
    require(index_.version.size() <= kMaxWord && is_version(index_.version), "version is malformed");
    require(is_word(index_.arch), "arch is malformed");
    require(is_word(index_.target), "target is malformed");
    require(parse_utc(index_.created).has_value(), "created is not a date");
    require(is_digest(index_.lock), "lock is not a digest");
    require(is_hex_256(index_.installer.sha256), "installer.sha256 is not a SHA-256");
    require(index_.installer.size_bytes <= kMaxInstallerBytes, "the installer is larger than {} bytes",
            kMaxInstallerBytes);
  }

  void check_parts() const {
    require(!index_.parts.empty() && index_.parts.size() <= kMaxParts, "it has {} parts",
            index_.parts.size());
    for (std::size_t i = 0; i < index_.parts.size(); ++i) {
      const std::string expected = part_name(index_.base_name(), i);
      require(index_.parts[i].name == expected, "part {} is not named {}", i, expected);
      require(index_.parts[i].sha256.empty() == index_.parts[0].sha256.empty(),
              "some of its parts have a SHA-256, and some have none");
      require(index_.parts[i].sha256.empty() || is_hex_256(index_.parts[i].sha256),
              "the digest of part {} is not a SHA-256", i);
    }
  }

  void check_entries() {
    for (const Entry& entry : index_.entries) {
      const std::string& path = entry.path.str();
      require(is_hex_256(entry.sha256), "the digest of {} is not a SHA-256", path);
      require(!entry.at.empty() && entry.at.size() <= kMaxPieces, "{} has {} pieces", path, entry.at.size());
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < entry.at.size(); ++i) {
        check_piece(entry, i);
        sum += entry.at[i].size_bytes;
        members_.push_back({piece_path(entry, i), entry.at[i]});
      }
      require(sum == entry.size_bytes, "the pieces of {} have {} bytes together, not {}", path, sum,
              entry.size_bytes);
    }
  }

  void check_piece(const Entry& entry, std::size_t number) const {
    const Piece& piece = entry.at[number];
    const std::string& path = entry.path.str();
    require(piece.part < index_.parts.size(), "{} is in part {}, which there is not", path, piece.part);
    require(piece.size_bytes > 0 || entry.size_bytes == 0, "a piece of {} is empty", path);
    require(number == 0 || std::tie(entry.at[number - 1].part, entry.at[number - 1].offset) <
                               std::tie(piece.part, piece.offset),
            "the pieces of {} are not in order", path);
    require(fits_tar_header(piece_path(entry, number)), "the path {} does not fit a tar header", path);
  }

  /// No member twice, and none where another needs a folder.
  void check_member_paths() const {
    std::vector<std::string_view> paths;
    paths.reserve(members_.size());
    for (const Member& member : members_) {
      paths.push_back(member.path);
    }
    std::ranges::sort(paths);
    const auto twice = std::ranges::adjacent_find(paths);
    require(twice == paths.end(), "the path {} stands twice", twice == paths.end() ? "" : *twice);
    for (const std::string_view path : paths) {
      for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
           slash = path.find('/', slash + 1)) {
        require(!std::ranges::binary_search(paths, path.substr(0, slash)), "{} is below a file", path);
      }
    }
  }

  /// Headers, data and padding follow each other without a gap, and end where the trailer begins.
  void check_coverage() {
    std::ranges::sort(members_, {}, [](const Member& m) { return std::tie(m.piece.part, m.piece.offset); });
    std::vector<std::uint64_t> ends(index_.parts.size(), 0);
    for (const Member& member : members_) {
      std::uint64_t& end = ends[member.piece.part];
      require(member.piece.offset == end + kTarBlock, "{} begins at {} of part {}, not at {}", member.path,
              member.piece.offset, member.piece.part, end + kTarBlock);
      end = member.piece.offset + padded(member.piece.size_bytes);
    }
    for (std::size_t i = 0; i < ends.size(); ++i) {
      require(ends[i] + kTarTrailer == index_.parts[i].size_bytes,
              "part {} has {} bytes, but its entries make {}", i, index_.parts[i].size_bytes,
              ends[i] + kTarTrailer);
    }
  }

  void check_sums() const {
    const Entry* sums = index_.find_entry(kSumsPath);
    require(sums != nullptr, "there is no entry {}", kSumsPath);
    require(sums->sha256 == sha256_hex(sums_text(index_.entries)),
            "the entry {} is not the list of the other entries' digests", kSumsPath);
  }

  void check_text(std::string_view text, std::string_view what) const {
    require(text.size() <= kMaxText, "{} is longer than {} bytes", what, kMaxText);
    const bool is_clean = std::ranges::none_of(text, [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte >= 0x7f;  // what could steer a terminal, or pass for another letter
    });
    require(is_clean, "{} holds a character other than printable ASCII", what);
    // Names become operands of dnf, rpm, ctr and helm.
    require(!text.starts_with('-'), "{} begins with '-', as an option does", what);
  }

  template <class Range>
  void check_texts(const Range& texts, std::string_view what) const {
    for (const std::string& text : texts) {
      check_text(text, what);
    }
  }

  void check_entry_path(const std::string& path, std::string_view what) const {
    require(index_.find_entry(path) != nullptr, "the {} {} is not an entry", what, path);
  }

  void check_lists() const {
    for (const Image& image : index_.images) {
      check_texts(std::vector{image.ref, image.platform}, "an image");
      check_texts(image.roles, "a role of an image");
      check_texts(image.why, "a reason for an image");
      require(is_digest(image.digest), "the digest of image {} is malformed", image.ref);
    }
    for (const Rpm& rpm : index_.rpms) {
      check_texts(std::vector{rpm.nevra, rpm.repository}, "an RPM");
      check_texts(rpm.roles, "a role of an RPM");
      check_texts(rpm.why, "a reason for an RPM");
      check_entry_path(rpm.path, "RPM");
      require(rpm.trust == "header" || rpm.trust == "repo" || rpm.trust == "both",
              "the trust of RPM {} is unknown", rpm.nevra);
    }
    for (const Chart& chart : index_.charts) {
      check_texts(std::vector{chart.name, chart.version, chart.release, chart.namespace_, chart.component},
                  "a chart");
      check_texts(chart.roles, "a role of a chart");
      check_texts(chart.why, "a reason for a chart");
      check_entry_path(chart.path, "chart");
      for (const std::string& values : chart.values) {
        check_entry_path(values, "values file");
      }
    }
    check_small_lists();
  }

  void check_small_lists() const {
    for (const Component& component : index_.components) {
      check_texts(std::vector{component.name, component.version, component.apply, component.pod_security},
                  "a component");
      check_texts(component.roles, "a role of a component");
      check_texts(component.needs, "a need of a component");
      require(!has_fraction(component.health), "health of {} holds a number that is not whole",
              component.name);
      if (!component.smoke.empty()) {
        check_entry_path(component.smoke, "smoke test");
      }
    }
    for (const File& file : index_.files) {
      check_texts(std::vector{file.to, file.url}, "a file");
      check_texts(file.roles, "a role of a file");
      check_entry_path(file.path, "file");
      require(file.to.empty() || (file.to.front() == '/' && RelPath::parse(file.to.substr(1)).has_value()),
              "the destination {} of a file is not a plain absolute path", file.to);
    }
    for (const Manifest& manifest : index_.manifests) {
      check_texts(std::vector{manifest.component, manifest.source}, "a manifest");
      check_entry_path(manifest.path, "manifest");
    }
    for (const Program& program : index_.programs) {
      check_text(program.source, "a program");
      check_entry_path(program.path, "program");
    }
  }

  const Index& index_;
  const std::string& name_;
  std::vector<Member> members_;
};

}  // namespace

bool is_version(std::string_view text) {
  return std::ranges::all_of(split(text, '.'),
                             [](std::string_view number) { return parse_unsigned(number).has_value(); });
}

void check_index(const Index& index, const std::string& name) { Checker(index, name).run(); }

}  // namespace bundle::format
