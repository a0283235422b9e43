#pragma once

#include <filesystem>
#include <string>

#include "base/fs.hpp"
#include "format/verified_index.hpp"
#include "serve/media.hpp"
#include "serve/responder.hpp"
#include "support/small_bundle.hpp"

namespace bundle::test {

/// A verified bundle with images of both kinds, packages, a chart and files, and what answers for it.
class ServedBundle {
 public:
  ServedBundle();

  std::filesystem::path folder() const { return bundle_.folder; }
  const format::Index& index() const { return bundle_.index; }
  const format::Entry& entry(std::string_view path) const { return *index().find_entry(path); }
  const std::string& content(std::string_view path) const { return options_.contents.at(std::string(path)); }
  /// Where the first byte of an entry lies: the part's path and the offset in it.
  std::filesystem::path part_of(std::string_view path) const;
  void flip_byte(std::string_view path, std::uint64_t offset) const;

  std::string layer;        ///< digests, `sha256:…`
  std::string manifest;     ///< OCI
  std::string docker;       ///< a manifest of Docker's type
  std::string image_index;  ///< names `manifest`, and one of another platform that is not there

 private:
  SmallBundleOptions make_options();

  TempDir parent_;
  SmallBundleOptions options_;
  SmallBundle bundle_;
  format::VerifiedIndex verified_;

 public:
  serve::Media media;
  serve::Responder responder;
};

/// Reads a body to its end.
std::string text_of(serve::Answer& answer);

/// A private GET.
serve::Request get(const std::string& target);

}  // namespace bundle::test
