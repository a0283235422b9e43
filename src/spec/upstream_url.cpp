#include "spec/upstream_url.hpp"

#include "base/url.hpp"

namespace bundle::spec {
namespace {

std::string way_to_log_in(const std::string& url, bool is_user) {
  const std::string host = host_of_url(url);
  if (url.starts_with("oci://")) {
    return fmt::format(
        "write it without, and log in with 'podman login {}' or 'docker login {}': their logins are read",
        host, host);
  }
  const std::string netrc = fmt::format("'machine {} login USER password PASSWORD' in ~/.netrc", host);
  return is_user ? fmt::format("write it without, and put {}, which is read for each download", netrc)
                 : fmt::format(
                       "write the URL that does not run out, and put {}, which is read for each "
                       "download; where the server knows links of one person only, put the file "
                       "on a server of yours",
                       netrc);
}

}  // namespace

UrlFault url_fault(const std::string& url) {
  const std::string credential = credential_in_url(url);
  if (credential.empty()) {
    return {};
  }
  return {.message = fmt::format("{} holds {}; URLs go into files and messages for all to read",
                                 redact_url(url), credential),
          .hint = way_to_log_in(url, credential.starts_with("a user"))};
}

std::string upstream_url(const yaml::Reader& reader, const yaml::Node& node) {
  const std::string url = reader.scalar(node, "a URL");
  const UrlFault fault = url_fault(url);
  if (!fault.message.empty()) {
    reader.fail_at(node, fault.message, fault.hint);
  }
  return tidy_url(url);
}

std::string upstream_url_or(yaml::Reader& reader, std::string_view key) {
  const yaml::Node* node = reader.optional(key);
  return node == nullptr ? "" : upstream_url(reader, *node);
}

std::string upstream_url(const std::string& url, const std::string& where) {
  const UrlFault fault = url_fault(url);
  if (!fault.message.empty()) {
    throw Error(ErrorKind::integrity, fmt::format("{} names {}", where, fault.message), fault.hint);
  }
  return tidy_url(url);
}

void require_no_credentials(const Lock& lock) {
  const auto require = [](const std::string& url) {
    if (const UrlFault fault = url_fault(url); !fault.message.empty()) {
      throw Error(ErrorKind::spec, "the lock has a URL that may not go into a bundle: " + fault.message,
                  fault.hint + "; then remove the lock, and run `bundle lock`");
    }
  };
  for (const LockedFile& file : lock.files) {
    require(file.url);
  }
  for (const LockedRpm& rpm : lock.rpms) {
    require(rpm.url);
  }
  for (const LockedRepository& repository : lock.repositories) {
    require(repository.url);
    for (const LockedKey& key : repository.keys) {
      require(key.key.url);
    }
  }
  for (const LockedChart& chart : lock.charts) {
    require(chart.archive.source);
  }
  for (const LockedManifest& manifest : lock.manifests) {
    require(manifest.text.source);
  }
  for (const auto* texts : {&lock.texts, &lock.programs}) {
    for (const LockedText& text : *texts) {
      require(text.source);
    }
  }
}

}  // namespace bundle::spec
