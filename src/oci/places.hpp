#pragma once

#include <string>

#include "base/error.hpp"
#include "net/http.hpp"
#include "oci/session.hpp"
#include "spec/mirrors.hpp"
#include "spec/reference.hpp"

namespace bundle::oci {

/// Something below `/v2/REPOSITORY/`, wherever a repository's mirrors have it.
struct Item {
  const spec::Reference& repository;
  std::string path;  ///< `manifests/1.2`, `blobs/sha256:…`
};

struct ItemAnswer {
  net::HttpResponse response;
  std::string url;
};

/// Asks each place of the repository in order for the item; `request` has all but the URL, `sink` may be
/// null. Errors as store::ask_in_order, with the registry's own words and advice.
ItemAnswer ask_places(Session& session, const spec::Mirrors& mirrors, const Item& item,
                      const net::HttpRequest& request, const net::BodySink* sink);

/// The error for a registry's answer: its words (`errors` of the distribution-spec), and what to do about a
/// missing login or a rate limit.
Error registry_error(const net::HttpResponse& response, const std::string& url, const Endpoint& endpoint,
                     const Credentials& credentials);

}  // namespace bundle::oci
