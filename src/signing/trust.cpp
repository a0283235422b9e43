#include "signing/trust.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/fs.hpp"

namespace bundle::signing {

std::vector<TrustedKey> load_trusted_keys(const std::vector<std::string>& files,
                                          const std::filesystem::path& root) {
  std::vector<std::filesystem::path> paths(files.begin(), files.end());
  const std::filesystem::path folder = root / "etc/bundle/keys";
  if (std::filesystem::is_directory(folder)) {
    for (const std::string& name : list_folder(folder)) {
      if (name.ends_with(".pub")) {
        paths.push_back(folder / name);
      }
    }
  }
  std::vector<TrustedKey> keys;
  for (const std::filesystem::path& path : paths) {
    PublicKey key = load_public_key(path);
    const bool is_known = std::any_of(keys.begin(), keys.end(),
                                      [&](const TrustedKey& other) { return other.key.id() == key.id(); });
    if (!is_known) {
      keys.push_back({std::move(key), path.string()});
    }
  }
  return keys;
}

}  // namespace bundle::signing
