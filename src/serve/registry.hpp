#pragma once

#include <map>
#include <mutex>
#include <string>

#include "serve/catalogue.hpp"
#include "serve/content.hpp"
#include "serve/target.hpp"

namespace bundle::serve {

/// An error as registries say it. Source: OCI distribution-spec v1.1, "Error Codes".
Answer registry_error(unsigned status, std::string_view code, const std::string& message);

/// The pull half of a registry, below `/v2/`. Source: OCI distribution-spec v1.1. Several threads may use it.
class Registry {
 public:
  /// `media` must outlive it. `checks`: of blobs and manifests that are sent.
  explicit Registry(Media& media, Checks checks = Checks::here);

  /// The answer to a GET or HEAD; `target` begins with `v2`. Throws what reading the parts throws.
  Answer answer(const Request& request, const Target& target);

 private:
  Answer answer_manifest(const Request& request, const Catalogue::Tags& tags, const std::string& wanted);
  Answer answer_blob(const Request& request, const std::string& wanted) const;
  std::string type_of_document(const format::Entry& entry);
  const format::Entry* find_blob(const std::string& digest) const;

  Media& media_;
  Checks checks_;
  Catalogue catalogue_;
  std::mutex mutex_;  // of types_, and so that one document at a time takes memory
  std::map<const format::Entry*, std::string> types_;
};

}  // namespace bundle::serve
