#include "unit/rpm/repo_writer.hpp"

#include <fmt/core.h>

#include <fstream>

#include "base/hash.hpp"
#include "base/text.hpp"

namespace bundle::test {
namespace {

std::string escape(const std::string& text) {
  return replace_all(replace_all(replace_all(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
}

/// `name >= 1:2.0-1` as primary.xml writes it.
std::string entry(const std::string& dependency) {
  const auto words = split_words(dependency);
  if (dependency.starts_with('(') || words.size() != 3) {
    return fmt::format("<rpm:entry name=\"{}\"/>", escape(dependency));
  }
  const std::string sign(words[1]);
  const std::string flags = sign == "="    ? "EQ"
                            : sign == ">=" ? "GE"
                            : sign == "<=" ? "LE"
                            : sign == ">"  ? "GT"
                                           : "LT";
  std::string version(words[2]);
  std::string epoch = "0";
  if (const auto colon = version.find(':'); colon != std::string::npos) {
    epoch = version.substr(0, colon);
    version = version.substr(colon + 1);
  }
  std::string release;
  if (const auto dash = version.find('-'); dash != std::string::npos) {
    release = fmt::format(" rel=\"{}\"", version.substr(dash + 1));
    version = version.substr(0, dash);
  }
  return fmt::format("<rpm:entry name=\"{}\" flags=\"{}\" epoch=\"{}\" ver=\"{}\"{}/>", words[0], flags,
                     epoch, version, release);
}

std::string entries(const std::string& element, const std::vector<std::string>& dependencies) {
  std::string text = "<rpm:" + element + ">";
  for (const std::string& dependency : dependencies) {
    text += entry(dependency);
  }
  return text + "</rpm:" + element + ">";
}

std::string nvra(const Stub& stub) {
  return fmt::format("{}-{}-{}.{}", stub.name, stub.version, stub.release, stub.arch);
}
std::string package_id(const Stub& stub) { return sha256_hex(nvra(stub) + stub.epoch); }
std::string version_element(const Stub& stub) {
  return fmt::format("<version epoch=\"{}\" ver=\"{}\" rel=\"{}\"/>", stub.epoch, stub.version, stub.release);
}

std::string file_elements(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) {
    text += "<file>" + file + "</file>";
  }
  return text;
}

std::string primary_of(const Stub& stub) {
  std::vector<std::string> provides = stub.provides;
  provides.push_back(fmt::format("{} = {}:{}-{}", stub.name, stub.epoch, stub.version, stub.release));
  return fmt::format("<package type=\"rpm\"><name>{}</name><arch>{}</arch>{}", stub.name, stub.arch,
                     version_element(stub)) +
         fmt::format("<checksum type=\"sha256\" pkgid=\"YES\">{}</checksum><summary/><description/>",
                     package_id(stub)) +
         "<size package=\"1000\" installed=\"1\" archive=\"1\"/>" +
         fmt::format("<location href=\"{}\"/>",
                     stub.location.empty() ? "Packages/" + nvra(stub) + ".rpm" : stub.location) +
         "<format><rpm:vendor>test</rpm:vendor>" + entries("provides", provides) +
         entries("requires", stub.requires_) + entries("conflicts", stub.conflicts) +
         entries("obsoletes", stub.obsoletes) + entries("recommends", stub.recommends) +
         file_elements(stub.files) + "</format></package>\n";
}

std::string filelists_of(const Stub& stub) {
  return fmt::format("<package pkgid=\"{}\" name=\"{}\" arch=\"{}\">{}", package_id(stub), stub.name,
                     stub.arch, version_element(stub)) +
         file_elements(stub.files) + file_elements(stub.other_files) + "</package>\n";
}

/// Writes a metadata file and returns its element for repomd.xml.
std::string add_file(const std::filesystem::path& folder, const std::string& type, const std::string& name,
                     const std::string& text) {
  write_text(folder / "repodata" / name, text);
  return fmt::format(
      "<data type=\"{}\"><checksum type=\"sha256\">{}</checksum><location href=\"repodata/{}\"/>"
      "<size>{}</size><open-size>{}</open-size></data>\n",
      type, sha256_hex(text), name, text.size(), text.size());
}

}  // namespace

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

void write_repository(const std::filesystem::path& folder, const std::vector<Stub>& packages,
                      const std::string& modules) {
  std::string primary = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata packages=\"{}\" "
      "xmlns=\"http://linux.duke.edu/metadata/common\" "
      "xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n",
      packages.size());
  std::string filelists = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<filelists packages=\"{}\" "
      "xmlns=\"http://linux.duke.edu/metadata/filelists\">\n",
      packages.size());
  for (const Stub& stub : packages) {
    primary += primary_of(stub);
    filelists += filelists_of(stub);
  }
  std::string repomd =
      "<?xml version=\"1.0\"?>\n<repomd "
      "xmlns=\"http://linux.duke.edu/metadata/repo\"><revision>1</revision>\n";
  repomd += add_file(folder, "primary", "primary.xml", primary + "</metadata>\n");
  repomd += add_file(folder, "filelists", "filelists.xml", filelists + "</filelists>\n");
  if (!modules.empty()) {
    repomd += add_file(folder, "modules", "modules.yaml", modules);
  }
  write_text(folder / "repodata/repomd.xml", repomd + "</repomd>\n");
}

}  // namespace bundle::test
