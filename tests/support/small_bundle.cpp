#include "support/small_bundle.hpp"

#include <unistd.h>

#include <random>

#include "base/fs.hpp"
#include "format/tar.hpp"

namespace bundle::test {
namespace {

namespace stdfs = std::filesystem;
using format::Entry;
using format::Index;

void add_lists(Index& index) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  index.components = {{.name = "demo", .version = "v1.2.3", .apply = "master"}};
  index.images = {{.ref = "registry.k8s.io/pause:3.10",
                   .digest = digest,
                   .platform = "linux/amd64",
                   .size_bytes = 700'000,
                   .roles = {"gpu", "master"},
                   .why = {"kubernetes v1.34.3 > kubeadm config images list"}}};
  index.rpms = {{.nevra = "vim-enhanced-2:8.0-1.x86_64",
                 .path = "rpms/signed/vim.rpm",
                 .repository = "baseos",
                 .trust = "header",
                 .why = {"rpms: vim-enhanced"}}};
  index.charts = {{.name = "demo",
                   .version = "1.2.3",
                   .path = "charts/demo.tgz",
                   .release = "demo",
                   .namespace_ = "demo",
                   .component = "demo",
                   .why = {"demo v1.2.3"}}};
  index.files = {
      {.path = "files/model.gguf", .to = "/data/model.gguf", .url = "https://files.example/model"}};
}

std::string piece_of(const std::string& content, const Entry& entry, std::size_t number) {
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < number; ++i) {
    begin += entry.at[i].size_bytes;
  }
  return content.substr(begin, entry.at[number].size_bytes);
}

void write_parts(const SmallBundle& bundle, const std::map<std::string, std::string>& contents) {
  std::vector<UniqueFd> fds;
  for (const format::Part& part : bundle.index.parts) {
    fds.push_back(open_file(bundle.folder / part.name, OpenMode::create_new));
    format::write_trailer(fds.back().get(), part.size_bytes, part.name);
  }
  for (const Entry& entry : bundle.index.entries) {
    const std::string content = entry.path.str() == format::kSumsPath
                                    ? format::sums_text(bundle.index.entries)
                                    : contents.at(entry.path.str());
    for (std::size_t i = 0; i < entry.at.size(); ++i) {
      const format::Piece& piece = entry.at[i];
      const int fd = fds.at(piece.part).get();
      const std::string path = format::piece_path(entry, i);
      format::write_header(fd, piece.offset, path, piece.size_bytes, entry.mode, path);
      pwrite_all(fd, as_bytes(piece_of(content, entry, i)), piece.offset, path);
      format::write_padding(fd, piece.offset, piece.size_bytes, path);
    }
  }
}

}  // namespace

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string text(size, '\0');
  for (char& c : text) {
    c = static_cast<char>(random() & 0xff);
  }
  return text;
}

SmallBundleOptions default_options() {
  return {.contents = {{"blobs/sha256/one", noise(700'000, 1)},
                       {"charts/demo.tgz", noise(5'000, 2)},
                       {"rpms/signed/vim.rpm", noise(400'000, 3)},
                       {"files/model.gguf", noise(2'500'000, 4)},
                       {"files/empty", ""}}};
}

Index make_index(const SmallBundleOptions& options, const std::string& installer) {
  Index index{.name = options.name,
              .version = options.version,
              .target = options.target,
              .arch = "x86_64",
              .created = "2026-11-21T20:00:00Z",
              .lock = "sha256:" + std::string(64, 'b'),
              .needs_tool = "0.1.0",
              .installer = {.sha256 = sha256_hex(installer), .size_bytes = installer.size()}};
  for (const auto& [path, content] : options.contents) {
    index.entries.push_back(
        {.path = RelPath(path), .size_bytes = content.size(), .sha256 = sha256_hex(content)});
  }
  const std::string sums = format::sums_text(index.entries);
  index.entries.push_back(
      {.path = RelPath(format::kSumsPath), .size_bytes = sums.size(), .sha256 = sha256_hex(sums)});
  std::vector<format::LayoutItem> items;
  for (const Entry& entry : index.entries) {
    items.push_back({entry.path, entry.size_bytes});
  }
  format::Layout layout = format::lay_out(items, options.part_size_bytes, index.base_name());
  index.parts = layout.parts;
  for (std::size_t i = 0; i < index.entries.size(); ++i) {
    index.entries[i].at = layout.at[i];
  }
  if (options.add_lists) {
    options.add_lists(index);
  } else if (options.contents.contains("rpms/signed/vim.rpm")) {
    add_lists(index);
  }
  format::sort_lists(index);
  return index;
}

SmallBundle make_bundle(const stdfs::path& parent, const SmallBundleOptions& options,
                        const std::vector<signing::PrivateKey>& keys) {
  const std::string installer = noise(20'000, 9);
  SmallBundle bundle{.index = make_index(options, installer)};
  bundle.folder = parent / bundle.index.base_name();
  make_folders(bundle.folder);
  write_parts(bundle, options.contents);
  if (options.has_part_digests) {
    for (format::Part& part : bundle.index.parts) {
      part.sha256 = sha256_hex(read_file(bundle.folder / part.name, part.size_bytes));
    }
  }
  const std::string text = to_canonical_json(bundle.index);
  write_new_file(bundle.folder / format::kInstallerName, installer, 0755);
  write_new_file(bundle.folder / format::kIndexName, text, 0644);
  for (const signing::PrivateKey& key : keys) {
    const std::string& id = key.public_key().id();
    write_new_file(bundle.folder / format::signature_name(format::kInstallerName, id),
                   key.sign(as_bytes(installer)), 0644);
    write_new_file(bundle.folder / format::signature_name(format::kIndexName, id), key.sign(as_bytes(text)),
                   0644);
  }
  return bundle;
}

}  // namespace bundle::test
