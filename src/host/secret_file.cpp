#include "host/secret_file.hpp"

#include <unistd.h>

#include "base/fs.hpp"

namespace bundle::host {

SecretFile::SecretFile(const Host& host, std::string_view path, std::string_view content)
    : file_(host.at(path)) {
  ::unlink(file_.c_str());
  make_folders(file_.parent_path());
  write_new_file(file_, content, 0600);
}

SecretFile::~SecretFile() { ::unlink(file_.c_str()); }

}  // namespace bundle::host
