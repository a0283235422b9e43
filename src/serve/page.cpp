#include "serve/page.hpp"

#include <fmt/format.h>

#include <set>

#include "base/text.hpp"
#include "serve/systems.hpp"

namespace bundle::serve {
namespace {

using format::Index;

// Long names break anywhere, so that nothing is wider than a telephone.
constexpr std::string_view kStyle = R"(
  :root { color-scheme: light dark; }
  * { box-sizing: border-box; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
  h1 { line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
  h2 { margin: 2rem 0 .5rem; }
  p { margin: .5rem 0; }
  code, pre { font: .875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; padding: .75rem; margin: .5rem 0; border: 1px solid #8886; border-radius: 4px; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884;
           overflow-wrap: anywhere; }
  .n { text-align: right; white-space: nowrap; }
  summary { cursor: pointer; padding: .25rem 0; }
  @media (max-width: 36rem) { .wide { display: none; } th, td { padding-right: .5rem; } }
)";

std::string html(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string code(std::string_view text) { return "<code>" + html(text) + "</code>"; }
std::string block(std::string_view text) { return "<pre>" + html(text) + "</pre>\n"; }

std::string signers_text(const format::VerifiedIndex& verified) {
  std::vector<std::string> ids;
  for (const signing::TrustedKey& signer : verified.signers()) {
    ids.push_back(code(signer.key.id()));
  }
  return ids.empty() ? "Nobody whom this server knows: it was told the SHA-256 of the index."
                     : "Signed with the key " + join(ids, " and ") + ".";
}

std::string head(const format::VerifiedIndex& verified) {
  const Index& index = verified.index();
  std::uint64_t total = 0;
  for (const format::Entry& entry : index.entries) {
    total += entry.size_bytes;
  }
  const std::string title = html(index.name + " " + index.version);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>{1}</style></head>"
      "<body>\n<h1>{0}</h1>\n"
      "<p>A bundle for {2}, {3}, made {4}: {5} in {6}.</p>\n<p>{7}</p>\n<p>Index: {8}</p>\n",
      title, kStyle, html(index.target), html(index.arch), html(index.created), format_size(total),
      count_words(index.parts.size(), "part"), signers_text(verified), code("sha256:" + verified.sha256()));
}

std::string count_cell(std::size_t count) {
  return count == 0 ? "<td class=\"n wide\"></td>" : fmt::format("<td class=\"n wide\">{}</td>", count);
}

std::string system_table(const Index& index) {
  std::string text =
      "<h2>What is inside</h2>\n<table><tr><th>System</th><th>Version</th><th class=\"n wide\">Images</th>"
      "<th class=\"n wide\">Charts</th><th class=\"n wide\">Packages</th><th class=\"n wide\">Files</th>"
      "<th class=\"n\">Size</th></tr>\n";
  for (const auto& [name, system] : systems_of(index)) {
    text += fmt::format("<tr><td>{}</td><td>{}</td>{}{}{}{}<td class=\"n\">{}</td></tr>\n", html(name),
                        html(system.version), count_cell(system.images), count_cell(system.charts),
                        count_cell(system.rpms), count_cell(system.files), format_size(system.size_bytes));
  }
  return text + "</table>\n<p>What several systems share counts with each of them.</p>\n";
}

/// A list that is opened by a click, without a script.
std::string details(std::string_view title, std::size_t count, const std::string& rows) {
  return count == 0 ? std::string()
                    : fmt::format("<details><summary>{} ({})</summary>\n<table>{}</table></details>\n", title,
                                  format_count(count), rows);
}

std::string row(std::string_view name, std::uint64_t size_bytes) {
  return fmt::format("<tr><td><code>{}</code></td><td class=\"n\">{}</td></tr>\n", html(name),
                     format_size(size_bytes));
}

std::string lists(const Index& index) {
  std::string images;
  for (const format::Image& image : index.images) {
    images += row(image.ref, image.size_bytes);
  }
  std::string charts;
  for (const format::Chart& chart : index.charts) {
    charts += row(chart.name + " " + chart.version, index.find_entry(chart.path)->size_bytes);
  }
  std::string files;
  for (const format::File& file : index.files) {
    const format::Entry& entry = *index.find_entry(file.path);
    files += fmt::format(
        "<tr><td><a href=\"/{0}\">{0}</a><br><code>sha256:{1}</code></td>"
        "<td class=\"n\">{2}</td></tr>\n",
        html(file.path), entry.sha256, format_size(entry.size_bytes));
  }
  return details("Images", index.images.size(), images) + details("Charts", index.charts.size(), charts) +
         details("Files", index.files.size(), files);
}

/// What a client needs to know this server by, when it speaks TLS.
std::string certificate_part(std::string_view base_url) {
  if (!base_url.starts_with("https://")) {
    return {};
  }
  const std::string place(base_url.substr(base_url.find("//") + 2));
  return "<h2>Know this server</h2>\n<p>Where no authority of your own vouches for it: fetch its "
         "certificate, "
         "and compare the fingerprint with the one that was printed when it was started.</p>\n" +
         block(fmt::format("mkdir -p serve\n"
                           "openssl s_client -connect {} </dev/null | openssl x509 -out serve/ca.crt\n"
                           "openssl x509 -in serve/ca.crt -noout -fingerprint -sha256",
                           place));
}

std::string curl(std::string_view base_url) {
  return base_url.starts_with("https://") ? "curl --cacert serve/ca.crt" : "curl";
}

/// What proves the installer: a signature, or where the index was trusted by its digest alone, a paper.
std::string installer_check(const format::VerifiedIndex& verified, std::string_view base_url) {
  if (verified.signers().empty()) {
    return "echo \"$INSTALLER  bundle\" | sha256sum -c &&\n";
  }
  const std::string name = format::signature_name("bundle", verified.signers().front().key.id());
  return fmt::format("{} -fO {}/bundle/{}\nopenssl dgst -sha256 -verify site.pub -signature {} bundle &&\n",
                     curl(base_url), base_url, name, name);
}

std::string installer_part(const format::VerifiedIndex& verified, std::string_view base_url) {
  return std::string("<h2>The installer, checked</h2>\n") +
         (verified.signers().empty()
              ? "<p>INSTALLER is its SHA-256 from the paper that you brought yourself.</p>\n"
              : "<p>With the public key that you brought yourself, by another way than this server.</p>\n") +
         block(fmt::format("{} -fO {}/bundle/bundle\n{}  install -m 0755 bundle /usr/local/bin/bundle",
                           curl(base_url), base_url, installer_check(verified, base_url)));
}

std::string images_part(const Index& index, std::string_view base_url) {
  if (index.images.empty()) {
    return {};
  }
  const std::string place(base_url.substr(base_url.find("//") + 2));
  const bool is_tls = base_url.starts_with("https://");
  const std::string& ref = index.images.front().ref;
  const std::string host = ref.substr(0, ref.find('/'));
  return "<h2>Images</h2>\n<p>Every image has its own name here.</p>\n" +
         block(fmt::format("{} -fsS {}/v2/_catalog\nskopeo copy --src-{} docker://{}/{} oci:image",
                           curl(base_url), base_url, is_tls ? "cert-dir=serve" : "tls-verify=false", place,
                           ref)) +
         fmt::format("<p>containerd asks here, and nowhere else, with {}:</p>\n",
                     code("/etc/containerd/certs.d/" + host + "/hosts.toml")) +
         block(fmt::format("server = \"{0}\"\n[host.\"{0}\"]\n  capabilities = [\"pull\", \"resolve\"]{1}",
                           base_url, is_tls ? "\n  ca = \"/etc/containerd/certs.d/serve.crt\"" : ""));
}

std::string repo_section(std::string_view id, std::string_view base_url, bool is_signed,
                         const std::string& keys) {
  std::string text =
      fmt::format("[bundle-{0}]\nname=bundle {0}\nbaseurl={1}/rpms/{0}\nmodule_hotfixes=1\n", id, base_url);
  text += is_signed ? "gpgcheck=1\ngpgkey=" + keys + "\n" : "gpgcheck=0\n";
  return text + (base_url.starts_with("https://") ? "sslcacert=/etc/pki/serve.crt\n" : "");
}

std::string packages_part(const Index& index, std::string_view base_url) {
  std::set<std::string> kinds;
  std::vector<std::string> keys;
  for (const format::Entry& entry : index.entries) {
    const std::string& path = entry.path.str();
    if (path.starts_with("rpms/keys/")) {
      keys.push_back(fmt::format("{}/{}", base_url, path));
    } else if (path.starts_with("rpms/")) {
      kinds.insert(path.substr(5, path.find('/', 5) - 5));
    }
  }
  std::vector<std::string> sections;
  for (const std::string& kind : {std::string("signed"), std::string("by-index")}) {
    if (kinds.contains(kind)) {
      sections.push_back(repo_section(kind, base_url, kind == "signed", join(keys, "\n       ")));
    }
  }
  return sections.empty() ? std::string()
                          : "<h2>Packages</h2>\n<p>" + code("/etc/yum.repos.d/bundle.repo") +
                                ", for dnf:</p>\n" + block(join(sections, "\n"));
}

std::string charts_part(const Index& index, std::string_view base_url) {
  if (index.charts.empty()) {
    return {};
  }
  const format::Chart& chart = index.charts.front();
  return "<h2>Charts</h2>\n" +
         block(fmt::format("helm pull {} --version {} --repo {}/charts{}", chart.name, chart.version,
                           base_url, base_url.starts_with("https://") ? " --ca-file serve/ca.crt" : ""));
}

std::string files_part(const Index& index, std::string_view base_url) {
  if (index.files.empty()) {
    return {};
  }
  const format::Entry& entry = *index.find_entry(index.files.front().path);
  const std::string& path = entry.path.str();
  return "<h2>Files</h2>\n" +
         block(fmt::format("{} -fO {}/{}\necho '{}  {}' | sha256sum -c", curl(base_url), base_url, path,
                           entry.sha256, path.substr(path.rfind('/') + 1)));
}

}  // namespace

std::string page(const format::VerifiedIndex& verified, std::string_view base_url) {
  const Index& index = verified.index();
  return head(verified) + system_table(index) + lists(index) + certificate_part(base_url) +
         installer_part(verified, base_url) + images_part(index, base_url) + packages_part(index, base_url) +
         charts_part(index, base_url) + files_part(index, base_url) + "</body></html>\n";
}

}  // namespace bundle::serve
