#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "host/host.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// Longest wait for one answer. A survey asks some twenty times, and after the first failure of the API less.
constexpr auto kPatience = std::chrono::seconds(20);

/// As Host::ask; a program that does not come to its end in time has failed like any other.
CommandResult ask_in_time(const host::Host& host, std::vector<std::string> argv,
                          std::chrono::seconds patience = kPatience);

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
