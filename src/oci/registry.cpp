#include "oci/registry.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "oci/image_resolver.hpp"
#include "oci/places.hpp"

namespace bundle::oci {
namespace {

std::vector<std::pair<std::string, std::string>> accept_headers() {
  return {{"Accept", fmt::format("{}, {}, {}, {}", spec::kOciIndex, spec::kDockerList, spec::kOciManifest,
                                 spec::kDockerManifest)}};
}

[[noreturn]] void fail_other_bytes(const std::string& url, const spec::Digest& expected,
                                   const spec::Digest& found) {
  fail(ErrorKind::integrity, "{} delivers other bytes: expected {}, found {}", net::redact_url(url),
       expected.str(), found.str());
}

}  // namespace

struct Registry::State {
  State(net::HttpClient& http, const spec::Mirrors& given_mirrors, Credentials credentials)
      : mirrors(given_mirrors), session(http, std::move(credentials)) {}

  ItemAnswer ask(const spec::Reference& repository, const std::string& path, const net::HttpRequest& request,
                 const net::BodySink* sink = nullptr) {
    return ask_places(session, mirrors, {repository, path}, request, sink);
  }

  /// What a reference names, checked against digests.
  Fetched fetch_top(const spec::Reference& reference);

  const spec::Mirrors& mirrors;
  Session session;
};

namespace {

/// Checks bytes against what the reference and the registry's own header say of them.
spec::Digest check_content(const ItemAnswer& answer, const std::optional<spec::Digest>& wanted) {
  const spec::Digest found = spec::Digest::of(answer.response.body);
  const auto announced = spec::Digest::parse(answer.response.header("docker-content-digest"));
  if (wanted && *wanted != found) {
    fail_other_bytes(answer.url, *wanted, found);
  }
  if (announced && *announced != found) {
    fail_other_bytes(answer.url, *announced, found);
  }
  return found;
}

std::string media_type_of(const net::HttpResponse& response) {
  const std::string type = response.header("content-type");
  return std::string(trim(std::string_view(type).substr(0, type.find(';'))));
}

/// A name that is nowhere, and a digest that is gone: the first is the user's, the second the upstream's
/// fault.
template <class Function>
auto explain_missing(const spec::Reference& reference, Function&& function) {
  try {
    return function();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unresolvable) {
      throw;
    }
    if (reference.digest) {
      throw Error(ErrorKind::network, fmt::format("{} is gone: {}", reference.str(), error.message()),
                  "lock again, or name a mirror that still has it");
    }
    throw Error(ErrorKind::unresolvable,
                fmt::format("there is no image {}: {}", reference.str(), error.message()),
                "check the name and the tag");
  }
}

spec::Reference by_digest(const spec::Reference& repository, const spec::Digest& digest) {
  return {.host = repository.host, .repository = repository.repository, .digest = digest};
}

std::string manifest_path(const spec::Reference& reference) {
  return "manifests/" + (reference.digest ? reference.digest->str() : reference.tag);
}

}  // namespace

Registry::Registry(net::HttpClient& http, const spec::Mirrors& mirrors, Credentials credentials)
    : state_(std::make_unique<State>(http, mirrors, std::move(credentials))) {}
Registry::~Registry() = default;

Fetched Registry::State::fetch_top(const spec::Reference& reference) {
  ItemAnswer answer = explain_missing(reference, [&] {
    return ask(reference, manifest_path(reference),
               {.headers = accept_headers(), .limit_bytes = spec::kMaxDocumentBytes});
  });
  const std::string media_type = media_type_of(answer.response);
  spec::refuse_schema1(media_type, reference.str());
  const spec::Digest top = check_content(answer, reference.digest);
  spec::ImageDocument document = with_context("reading " + net::redact_url(answer.url), [&] {
    return spec::parse_document(answer.response.body, media_type, reference.str());
  });
  return {top, std::move(answer.response.body), std::move(document)};
}

ResolvedImage Registry::resolve(const spec::Reference& reference, std::string_view platform) const {
  ImageResolver resolver(*this, reference, platform);
  Fetched top = state_->fetch_top(reference);
  const spec::Digest digest = top.digest;
  const auto manifest = resolver.descend(std::move(top), 0);
  return resolver.finish(digest, manifest.value());
}

Artifact Registry::resolve_artifact(const spec::Reference& reference) const {
  Fetched top = state_->fetch_top(reference);
  if (auto* manifest = std::get_if<spec::ImageManifest>(&top.document.body)) {
    return {.digest = top.digest, .manifest = std::move(*manifest)};
  }
  fail(ErrorKind::unresolvable, "{} is an index of several manifests, where one artifact was expected",
       reference.str());
}

spec::Digest Registry::current_digest(const spec::Reference& reference) const {
  const spec::Reference tag{.host = reference.host, .repository = reference.repository, .tag = reference.tag};
  return explain_missing(tag, [&] {
    net::HttpRequest request{.method = "HEAD",
                             .headers = accept_headers(),
                             .limit_bytes = spec::kMaxDocumentBytes,
                             .patience = net::Patience::once};
    const ItemAnswer head = state_->ask(tag, manifest_path(tag), request);
    if (const auto digest = spec::Digest::parse(head.response.header("docker-content-digest"))) {
      return *digest;
    }
    request.method = "GET";
    return check_content(state_->ask(tag, manifest_path(tag), request), std::nullopt);
  });
}

std::string Registry::fetch_document(const spec::Reference& repository, const spec::Digest& digest,
                                     std::uint64_t limit_bytes) const {
  if (limit_bytes > spec::kMaxDocumentBytes) {
    fail(ErrorKind::integrity, "{} is said to have {} bytes; a manifest may have {}", digest.str(),
         limit_bytes, spec::kMaxDocumentBytes);
  }
  const spec::Reference reference = by_digest(repository, digest);
  ItemAnswer answer = explain_missing(reference, [&] {
    return state_->ask(reference, manifest_path(reference),
                       {.headers = accept_headers(), .limit_bytes = limit_bytes});
  });
  check_content(answer, digest);
  return std::move(answer.response.body);
}

void Registry::fetch_blob(const spec::Reference& repository, const Blob& blob, std::uint64_t from,
                          const net::BodySink& sink) const {
  if (from == blob.size_bytes && from > 0) {
    return;
  }
  const spec::Reference reference = by_digest(repository, blob.digest);
  explain_missing(reference, [&] {
    return state_->ask(reference, "blobs/" + blob.digest.str(),
                       {.range_from = from, .limit_bytes = blob.size_bytes}, &sink);
  });
}

std::string Registry::fetch_small_blob(const spec::Reference& repository, const Blob& blob,
                                       std::uint64_t limit_bytes) const {
  if (blob.size_bytes > limit_bytes) {
    fail(ErrorKind::integrity, "{} is said to have {} bytes; {} are taken", blob.digest.str(),
         blob.size_bytes, limit_bytes);
  }
  const spec::Reference reference = by_digest(repository, blob.digest);
  ItemAnswer answer = explain_missing(reference, [&] {
    return state_->ask(reference, "blobs/" + blob.digest.str(), {.limit_bytes = blob.size_bytes});
  });
  check_content(answer, blob.digest);
  if (answer.response.body.size() != blob.size_bytes) {
    fail(ErrorKind::integrity, "{} has {} bytes, but its manifest says {}", blob.digest.str(),
         answer.response.body.size(), blob.size_bytes);
  }
  return std::move(answer.response.body);
}

}  // namespace bundle::oci
