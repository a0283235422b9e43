#pragma once

#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "serve/registry.hpp"

namespace bundle::serve {

/// What the server says to a request. Several threads may use it.
class Responder {
 public:
  /// `media` must outlive it.
  explicit Responder(Media& media);

  /// What stands in the way is in the answer, and in its `fault`.
  Answer answer(const Request& request);

 private:
  Answer route(const Request& request);
  Answer answer_entry(const Request& request, const Target& target) const;
  Answer answer_folder(const Request& request, const Target& target) const;
  Answer answer_page(const Request& request);

  Media& media_;
  Registry registry_;
  std::shared_ptr<const std::string> helm_index_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const std::string>> pages_;  // by base URL: one an address of ours
};

/// The answer where reading failed before anything of the body went out: 503 while a part is not there, 500
/// for what is not as the index says.
Answer failure(const Request& request, const std::exception& error);

}  // namespace bundle::serve
