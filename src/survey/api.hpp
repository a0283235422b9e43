#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "host/host.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// What a program said, in one line for people: the last line of stderr.
std::string last_words(const CommandResult& result);

/// A text from outside, printable and on one line.
std::string word_at(const json::Value& object, std::string_view key);

/// kubectl and helm as the administrator: at the cluster's endpoint or, when nobody answers there, at the API
/// server of this host, which shows the cluster also when the virtual address is gone.
class Api {
 public:
  explicit Api(const host::Host& host);

  Way way() const { return way_; }
  const std::string& endpoint_said() const { return endpoint_said_; }

  CommandResult kubectl(std::vector<std::string> words) const;
  CommandResult helm(std::vector<std::string> words) const;
  /// `kubectl get WORDS -o json`; `what` names it where it cannot be read.
  Known<json::Value> get(std::vector<std::string> words, const std::string& what) const;

 private:
  const host::Host& host_;
  Way way_ = Way::none;
  std::string endpoint_said_;
};

/// The document that a program printed.
Known<json::Value> document_of(const CommandResult& result, const std::string& what);

}  // namespace bundle::survey
