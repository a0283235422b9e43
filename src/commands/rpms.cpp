#include "commands/rpms.hpp"

#include <charconv>
#include <filesystem>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "commands/connection.hpp"
#include "rpm/upstream.hpp"
#include "spec/data_dir.hpp"
#include "spec/upstream_url.hpp"

namespace bundle::commands {
namespace {

namespace stdfs = std::filesystem;

/// What fetches by URL; made only when there is a URL.
class Upstreams {
 public:
  Upstreams(Session& session, const UpstreamOptions& options) : connection_(session, options) {}

  rpm::RepoInput open(const std::string& id, const std::string& url) {
    return rpm::open_upstream(connection_.world().fetcher, {.id = id, .url = url}, no_keys_);
  }

 private:
  Connection connection_;
  rpm::Keyring no_keys_ = rpm::load_keys({}, 0, connection_.world().runner);
};

bool is_url(const std::string& place) {
  return place.starts_with("https://") || place.starts_with("http://");
}

/// The byte that two hexadecimal digits stand for; nothing for others, and for 00, which ends a path.
std::optional<char> decode_octet(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  const bool is_octet = digits.size() == 2 && error == std::errc() && end == digits.data() + 2 && value != 0;
  return is_octet ? std::optional(static_cast<char>(value)) : std::nullopt;
}

/// What goes on after `file://`. Source: RFC 8089 section 2, RFC 3986 section 2.1.
std::string folder_of_url(const std::string& url, std::string_view path) {
  if (!path.starts_with('/')) {
    throw Error(ErrorKind::usage, fmt::format("--repo takes a folder of this machine, not '{}'", url),
                "three slashes: file:///srv/mirror/baseos");
  }
  std::string folder;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      folder.push_back(path[i]);
      continue;
    }
    const auto octet = decode_octet(path.substr(i + 1, 2));
    if (!octet) {
      throw Error(ErrorKind::usage,
                  fmt::format("'{}' is not a URL: a % stands before two hexadecimal digits", url),
                  "a % itself is %25");
    }
    folder.push_back(*octet);
    i += 2;
  }
  return folder;
}

/// A folder may be written as a URL, as .repo files have it.
std::string as_folder_or_url(const std::string& place) {
  constexpr std::string_view kFile = "file://";
  if (place.starts_with(kFile)) {
    return folder_of_url(place, std::string_view(place).substr(kFile.size()));
  }
  if (!is_url(place) && place.find("://") != std::string::npos) {
    fail(ErrorKind::usage, "--repo takes a folder or an https:// or http:// URL, not '{}'",
         redact_url(place));
  }
  if (const spec::UrlFault fault = spec::url_fault(place); !fault.message.empty()) {
    throw Error(ErrorKind::usage, "--repo: " + fault.message, fault.hint);
  }
  return place;
}

rpm::RepoInput open_repository(Session& session, const UpstreamOptions& upstream, const std::string& option,
                               std::unique_ptr<Upstreams>& upstreams) {
  const auto equals = option.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == option.size()) {
    throw Error(ErrorKind::usage,
                fmt::format("--repo takes ID=URL or ID=FOLDER, not '{}'", redact_url(option)),
                "for example --repo baseos=/srv/mirror/baseos");
  }
  const std::string id = option.substr(0, equals);
  std::string place = as_folder_or_url(option.substr(equals + 1));
  while (place.size() > 1 && place.ends_with('/')) {
    place.pop_back();
  }
  if (is_url(place)) {
    if (!upstreams) {
      upstreams = std::make_unique<Upstreams>(session, upstream);
    }
    return upstreams->open(id, place);
  }
  if (!stdfs::exists(stdfs::path(place) / "repodata/repomd.xml")) {
    fail(ErrorKind::usage, "{} is not an RPM repository: it has no repodata/repomd.xml", place);
  }
  return {.id = id, .folder = place};
}

std::vector<rpm::RepoInput> open_repositories(Session& session, const RpmsOptions& options,
                                              std::unique_ptr<Upstreams>& upstreams) {
  std::vector<rpm::RepoInput> inputs;
  std::set<std::string> ids;
  for (const std::string& option : options.repositories) {
    inputs.push_back(open_repository(session, options.upstream, option, upstreams));
    if (!ids.insert(inputs.back().id).second) {
      fail(ErrorKind::usage, "--repo {} is given twice", inputs.back().id);
    }
  }
  return inputs;
}

/// The lists that --base may name, one after the other.
std::string base_names(const stdfs::path& folder) {
  std::vector<std::string> names;
  for (const std::string& file : list_folder(folder)) {
    names.push_back(stdfs::path(file).stem());
  }
  return join(names, ", ");
}

rpm::Base find_base(const Session& session, const std::string& given) {
  if (given.empty() || given == "none") {
    return {};
  }
  if (stdfs::exists(given) || given.find('/') != std::string::npos) {
    return rpm::detect_base(given);
  }
  const stdfs::path folder = spec::find_data_dir(session.data_dir) / "rpm-lists/base";
  if (!stdfs::exists(folder / (given + ".txt"))) {
    throw Error(ErrorKind::usage, fmt::format("--base: there is no list or file '{}'", given),
                "the lists are " + base_names(folder) +
                    "; else name a package list, a facts.json, or a copy of /var/lib/rpm");
  }
  return rpm::detect_base(folder / (given + ".txt"));
}

void check_platform_id(const std::string& id) {
  if (!id.empty() && !id.starts_with("platform:")) {
    throw Error(ErrorKind::usage, fmt::format("--platform-id takes platform:STREAM, not '{}'", id),
                "it is PLATFORM_ID in the target's /etc/os-release, for example platform:el8");
  }
}

std::string as_lines(const rpm::Closure& closure) {
  std::string text;
  for (const rpm::Package& package : closure.install) {
    text += package.nevra + "\n";
  }
  return text;
}

std::string as_json(const rpm::Closure& closure) {
  json::Array rows;
  for (const rpm::Package& package : closure.install) {
    json::Array why(package.why.begin(), package.why.end());
    rows.emplace_back(json::Object{{"nevra", package.nevra},
                                   {"name", package.name},
                                   {"epoch", package.epoch},
                                   {"version", package.version},
                                   {"release", package.release},
                                   {"arch", package.arch},
                                   {"repository", package.repository},
                                   {"location", package.location},
                                   {"checksum", package.checksum_kind + ":" + package.checksum},
                                   {"size", package.size_bytes},
                                   {"why", std::move(why)}});
  }
  return json::pretty(rows);
}

void tell(Session& session, const rpm::Closure& closure) {
  for (const auto* sentences : {&closure.upgrades, &closure.removals, &closure.notes}) {
    for (const std::string& sentence : *sentences) {
      session.log->warn(sentence);
    }
  }
}

}  // namespace

void rpms(Session& session, const RpmsOptions& options) {
  check_platform_id(options.platform_id);
  std::unique_ptr<Upstreams> upstreams;
  const rpm::Closure closure =
      rpm::close_over({.repositories = open_repositories(session, options, upstreams),
                       .wish = {.packages = options.packages,
                                .base = find_base(session, options.base),
                                .weak = options.weak,
                                .best = !options.nobest},
                       .arch = options.arch,
                       .platform_id = options.platform_id});
  tell(session, closure);
  session.print(session.output == OutputFormat::json ? as_json(closure) : as_lines(closure));
}

}  // namespace bundle::commands
