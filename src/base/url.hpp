#pragma once

#include <string>
#include <string_view>

namespace bundle {

/// For messages: without user, password and query (pre-signed URLs carry secrets there), only printable
/// ASCII, at most 300 bytes and `...`.
std::string redact_url(std::string_view url);
/// For messages about a URL whose query tells things apart: whole, unless it holds a credential.
std::string shown_url(std::string_view url);

/// What in a URL lets anybody in who reads it, in words (`a user name or password`, `the parameter
/// 'X-Amz-Signature'`); empty when nothing does. A query counts when it is signed, runs out or holds a token:
/// the names that S3, Google, Azure, Alibaba, Tencent, Akamai, CloudFront, GitLab and their like use, and any
/// JSON Web Token. Source: RFC 3986 section 3.2.1; AWS Signature Version 4 (query parameters); Azure's
/// service SAS; Google Cloud Storage's signed URLs.
std::string credential_in_url(std::string_view url);

/// The URL without what no server is sent or needs: an empty user, an empty query, the fragment.
std::string tidy_url(std::string_view url);
/// The URL without query and fragment.
std::string without_query(std::string_view url);

/// `example.org` of `https://me@example.org:8443/x`: what ~/.netrc calls a machine. Empty when there is none.
std::string host_of_url(std::string_view url);

}  // namespace bundle
