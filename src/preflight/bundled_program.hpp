#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "preflight/inspection.hpp"

namespace bundle::preflight {

/// What a program says of a document.
struct Verdict {
  enum class Kind { accepted, refused, unheard };
  Kind kind = Kind::unheard;
  std::string words;  ///< the program's when it refuses; why it was not heard
  bool operator==(const Verdict&) const = default;
};

/// A program of the bundle and the configuration file that it is to read on this host.
struct Question {
  std::string package;                 ///< `containerd.io`
  std::string program;                 ///< in the package: `/usr/bin/containerd`
  std::vector<std::string> arguments;  ///< kDocument among them
  std::string path;                    ///< where the document will lie
  std::string document;
};
constexpr std::string_view kDocument = "DOCUMENT";

/// Programs out of the packages of a bundle, before they are installed: each is taken out of the verified
/// parts by rpm, without scriptlets and without the host's database, into a folder of its own on the tmpfs
/// below /run, runs there and goes away.
class BundledPrograms {
 public:
  /// `look` must outlive it. Throws as TempDir does.
  explicit BundledPrograms(const Inspection& look);

  /// A program that lacks a library, is not there or cannot run here is unheard; so is one for which there is
  /// no room. Throws Error(integrity) for damaged media, Error(interrupted).
  Verdict ask(const Question& question) const;
  /// Where a file that goes with a document can lie while it is asked about.
  const std::filesystem::path& folder() const { return work_.path(); }

 private:
  std::string lacking_room(std::uint64_t size_bytes) const;
  Verdict unpack(const Question& question, const std::filesystem::path& root) const;
  Verdict run(const Question& question, const std::filesystem::path& program) const;
  std::string relieved(std::string_view words, const Question& question) const;

  const Inspection& look_;
  TempDir work_;
};

}  // namespace bundle::preflight
