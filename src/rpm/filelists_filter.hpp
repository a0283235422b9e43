#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace bundle::rpm {

struct PathHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view path) const { return std::hash<std::string_view>()(path); }
};
using PathSet = std::unordered_set<std::string, PathHash, std::equal_to<>>;

/// filelists.xml without the packages that have none of the wanted files: what the solver asks of file lists
/// is who has these, and three quarters of the time would go into parsing the others. Source: the format as
/// createrepo_c writes it (github.com/rpm-software-management/createrepo_c, src/xml_dump_filelists.c).
class FilelistsFilter {
 public:
  /// Both must outlive it.
  FilelistsFilter(FILE* inner, const PathSet& wanted);
  ~FilelistsFilter();
  FilelistsFilter(const FilelistsFilter&) = delete;
  FilelistsFilter& operator=(const FilelistsFilter&) = delete;

  /// For libsolv's parser; a read error of `inner` is one here.
  FILE* file() { return file_; }

 private:
  static ssize_t read(void* cookie, char* buffer, std::size_t size);
  bool refill();
  void take_outside();
  void take_element();

  FILE* inner_;
  const PathSet& wanted_;
  FILE* file_ = nullptr;
  std::string input_;   ///< read and not yet looked at, from position_ on
  std::string output_;  ///< to be given away, from given_ on
  std::size_t position_ = 0;
  std::size_t given_ = 0;
  bool is_inside_ = false;  ///< input_ at position_ begins with a package
  bool is_ended_ = false;
};

/// Does this `<package>` element list one of the files?
bool lists_any(std::string_view element, const PathSet& wanted);

}  // namespace bundle::rpm
