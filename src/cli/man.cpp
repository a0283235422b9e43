#include "cli/man.hpp"

#include <fmt/core.h>

#include <array>

#include "base/text.hpp"

namespace bundle::cli {
namespace {

/// Text as it is: no escape, no dash that becomes a hyphen, no request at the beginning of a line.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += c;
    }
  }
  out = replace_all(out, "…", "...");
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string head(const std::string& page, const Program& program, const std::string& summary) {
  return fmt::format(".TH {} 1 \"\" \"bundle {}\" \"bundle\"\n.SH NAME\n{} \\- {}\n", upper(page),
                     program.version, plain(page), plain(summary));
}

std::string tagged(const std::string& tag, const std::string& text) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", plain(tag), plain(text));
}

std::string rows(const std::vector<Option>& options) {
  std::string out;
  for (const Option& option : options) {
    const std::string value = spelled_value(option);
    out += fmt::format(".TP\n\\fB{}\\fR{}{}\n{}\n", plain(join(option.names, ", ")), value.empty() ? "" : " ",
                       value.empty() ? "" : "\\fI" + plain(value) + "\\fR",
                       plain(option.whole_text() + (option.is_required ? "; required" : "")));
  }
  return out;
}

std::string example(const std::vector<std::string>& lines) {
  std::string out = ".SH EXAMPLES\n.nf\n";
  for (const std::string& line : lines) {
    out += plain(line) + "\n";
  }
  return out + ".fi\n";
}

std::string see_also(const Program& program, const std::string& but) {
  std::vector<std::string> pages;
  if (but != "bundle") {
    pages.emplace_back("\\%\\fBbundle\\fR(1)");
  }
  for (const Verb& verb : program.verbs) {
    if (verb.name != but) {
      pages.push_back(fmt::format("\\%\\fBbundle\\-{}\\fR(1)", verb.name));
    }
  }
  return ".SH SEE ALSO\n" + join(pages, ",\n") + "\n";
}

struct Place {
  std::string_view name;
  std::string_view text;
};

constexpr std::array kEnvironment = {
    Place{"BUNDLE_DATA", "Folder of manifests/, rpm-lists/ and bundles/, when --data-dir is not given"},
    Place{"BUNDLE_KEY_PASSPHRASE_FILE", "File with the passphrase of the private key"},
    Place{"NO_COLOR", "No colors, when it is not empty"},
    Place{"REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR",
          "Where logins at registries lie, as podman and docker have them"},
    Place{"SOURCE_DATE_EPOCH", "The date of a new lock"},
    Place{"https_proxy, http_proxy, all_proxy, no_proxy", "Proxies, on the connected side"},
    Place{"CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR", "Certificate authorities, on the connected side"},
    Place{"XDG_CACHE_HOME", "Where the cache of downloads lies, in bundle/"},
};

constexpr std::array kFiles = {
    Place{"/etc/bundle/keys/*.pub", "Public keys that are trusted on this host"},
    Place{"/var/lib/bundle", "What an installation keeps on a host, its journal included"},
    Place{"~/.netrc", "User names and passwords of plain downloads"},
    Place{"~/.docker/config.json, ~/.config/containers/auth.json", "Logins at registries"},
};

template <class Places>
std::string section(std::string_view title, const Places& places) {
  std::string out = fmt::format(".SH {}\n", title);
  for (const Place& place : places) {
    out += tagged(std::string(place.name), std::string(place.text));
  }
  return out;
}

std::string synopsis_and_commands(const Program& program, const std::string& name) {
  std::string out =
      fmt::format(".SH SYNOPSIS\n\\fB{}\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n", plain(name));
  out += ".SH COMMANDS\nEach has a page of its own.\n";
  for (const Side side : kSides) {
    const std::vector<const Verb*> verbs = program.of(side);
    if (!verbs.empty()) {
      out += fmt::format(".SS {}\n", heading(side));
    }
    for (const Verb* verb : verbs) {
      out += tagged(verb->name, verb->summary);
    }
  }
  return out + ".SH OPTIONS\nOf every command.\n" + rows(program.options);
}

}  // namespace

std::string man_page(const Program& program) {
  std::string out = head("bundle", program, program.summary) + synopsis_and_commands(program, "bundle");
  out += ".SH EXIT STATUS\n";
  for (const ExitCode& row : exit_codes()) {
    out += tagged(std::to_string(row.code), std::string(row.meaning));
  }
  return out + section("ENVIRONMENT", kEnvironment) + section("FILES", kFiles) + see_also(program, "bundle");
}

std::string onsite_man_page(const Program& program) {
  return head("bundle-onsite", program, program.summary) + synopsis_and_commands(program, "bundle-onsite") +
         ".SH DESCRIPTION\nIt is \\fBbundle\\fR(1) without the commands of the connected side, and needs no "
         "library of the host.\nEach bundle carries it under the name \\fIbundle\\fR.\n" +
         see_also(program, "");
}

std::string man_page(const Program& program, const Verb& verb) {
  std::string out = head("bundle-" + verb.name, program, verb.summary);
  out += ".SH SYNOPSIS\n" + plain(verb.usage()) + "\n.SH OPTIONS\n";
  for (const Operand& operand : verb.operands) {
    out += tagged(operand.value.name, operand.text);
  }
  return out + rows(verb.options) + ".PP\nOptions of every command are in \\fBbundle\\fR(1).\n" +
         example(verb.examples) + see_also(program, verb.name);
}

}  // namespace bundle::cli
