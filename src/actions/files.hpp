#pragma once

#include <memory>
#include <optional>
#include <string>

#include "steps/action.hpp"

namespace bundle::actions {

struct FileContent {
  std::string path;  ///< absolute, on the host
  std::string content;
  unsigned mode = 0644;
};

/// Replaces a file's content: after a power cut there is the old or the new one. What was there is kept below
/// /var/lib/bundle/backup, under its SHA-256.
std::unique_ptr<steps::Action> write_file(FileContent file);

/// Makes `to` a copy of another file of the host, as that one is when the action runs. Undo takes it for ours
/// as well when it is a copy of what that file holds by then: certificates are renewed in both.
std::unique_ptr<steps::Action> copy_file(std::string from, std::string to, unsigned mode);

/// The content of a regular file; nothing when there is none.
std::optional<std::string> content_of(const host::Host& host, const std::string& path);

/// Writes beside the path, fsyncs and renames; a leftover of a power cut is written over. Makes folders.
void put_file(const host::Host& host, const FileContent& file);

/// Change type "file". A file that somebody has changed since, or put a link or folder in the place of, is
/// left and named, with where its original is kept.
void undo_file(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
