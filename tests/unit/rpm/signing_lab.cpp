#include "unit/rpm/signing_lab.hpp"

#include "base/hash.hpp"
#include "unit/rpm/repo_writer.hpp"

namespace bundle::test {

bool SigningLab::is_possible() {
  return find_program("gpg") && find_program("rpmbuild") && find_program("rpmsign");
}

std::filesystem::path SigningLab::build_rpm(const std::string& name, const std::string& key,
                                            const std::string& digest) {
  const std::filesystem::path spec = folder() / (name + ".spec");
  write_text(spec,
             "Name: " + name +
                 "\nVersion: 1.0\nRelease: 1\nEpoch: 2\nSummary: s\nLicense: CC0-1.0\nBuildArch: noarch\n"
                 "AutoReqProv: no\n%description\nd\n%install\nmkdir -p %{buildroot}/usr/share\n"
                 "seq 2000 > %{buildroot}/usr/share/" +
                 name + "\n%files\n/usr/share/" + name + "\n");
  run({"rpmbuild", "--quiet", "-bb", "--define", "_topdir " + (folder() / "build").string(), "--define",
       "_rpmdir " + folder().string(), "--define", "_build_name_fmt %%{NAME}.rpm", spec.string()});
  std::filesystem::path file = folder() / (name + ".rpm");
  if (!key.empty()) {
    run({"rpmsign", "--addsign", "--define", "__gpg /usr/bin/gpg", "--define", "_gpg_name " + key, "--define",
         "_gpg_digest_algo " + digest, file.string()});
  }
  return file;
}

rpm::Package describe(const std::filesystem::path& file, const std::string& nevra) {
  const std::string content = read_file(file, 1 << 20);
  return {.nevra = nevra,
          .checksum_kind = "sha256",
          .checksum = sha256_hex(content),
          .size_bytes = content.size()};
}

}  // namespace bundle::test
