#include "smoke/smoke.hpp"

#include "actions/files.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"
#include "deliver/payload.hpp"
#include "smoke/verdict.hpp"
#include "survey/api.hpp"

namespace bundle::smoke {
namespace {

using cluster::kubectl;

/// A pod that no node takes, or whose image is on none, does not come to itself: not in a closed site.
constexpr auto kStuckPatience = std::chrono::seconds(60);
constexpr auto kApplyPatience = std::chrono::seconds(60);
constexpr auto kDeletePatience = std::chrono::minutes(3);

/// The path of the test on this host, verified.
std::string test_file(const host::Host& host, const format::Index& index,
                      const format::Component& component) {
  const deliver::HashedFile file = deliver::payload_file(index, component.smoke);
  const std::optional<std::string> content = actions::content_of(host, file.path);
  if (!content || sha256_hex(*content) != file.sha256) {
    throw Error(
        ErrorKind::integrity,
        fmt::format("{}, the smoke test of {}, is not what the bundle brought", file.path, component.name),
        "the same install again unpacks it");
  }
  return file.path;
}

void remove_objects(const host::Host& host, const std::string& path) {
  host.ask_in_time(kubectl({"delete", "-f", path, "--ignore-not-found", "--wait", "--timeout=120s"}),
                   kDeletePatience);
}

bool is_stuck(const Verdict& verdict) {
  for (const char* reason : {"Unschedulable: ", "ErrImagePull: ", "ImagePullBackOff: ", "ErrImageNeverPull: ",
                             "InvalidImageName: ", "CreateContainerConfigError: "}) {
    if (verdict.words.find(reason) != std::string::npos) {
      return true;
    }
  }
  return false;
}

class Test {
 public:
  Test(const host::Host& host, std::string path) : host_(host), path_(std::move(path)) {}

  Verdict run(std::chrono::seconds patience) {
    const CommandResult applied = host_.ask_in_time(kubectl({"apply", "-f", path_}), kApplyPatience);
    if (applied.status != 0) {
      return {.kind = Verdict::Kind::failed,
              .words = "the API server refused it: " + survey::last_words(applied)};
    }
    Verdict verdict;
    const auto began = host_.steady();
    std::optional<std::chrono::steady_clock::time_point> stuck_since;
    const bool has_ended = host_.wait_until(
        [&] {
          verdict = look();
          if (!is_stuck(verdict)) {
            stuck_since.reset();
          } else if (!stuck_since) {
            stuck_since = host_.steady();
          }
          return verdict.kind != Verdict::Kind::waiting ||
                 (stuck_since && host_.since(*stuck_since) >= kStuckPatience);
        },
        patience);
    if (verdict.kind == Verdict::Kind::waiting) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(host_.since(began)).count();
      verdict = {.kind = Verdict::Kind::failed,
                 .words = fmt::format("{} after {} s: {}", has_ended ? "stuck" : "not done", seconds,
                                      verdict.words)};
    }
    if (verdict.kind == Verdict::Kind::failed) {
      verdict.words += said();
    }
    return verdict;
  }

 private:
  /// What kubectl does not tell at this moment may come.
  Verdict look() {
    const CommandResult shown = host_.ask_in_time(kubectl({"get", "-f", path_, "-o", "json"}));
    if (shown.status != 0) {
      return {.kind = Verdict::Kind::waiting, .words = survey::last_words(shown)};
    }
    const json::Value document = json::parse(shown.out, "the smoke test " + path_, ErrorKind::step);
    const json::Array* items = json::member_at(document, "items").if_array();
    objects_ = items == nullptr ? json::Array{document} : *items;
    Verdict verdict = verdict_of_all(objects_);
    for (const json::Value& object : objects_) {
      if (verdict.kind == Verdict::Kind::waiting && json::text_at(object, "kind") == "Job") {
        ask_pods(object, verdict);
      }
    }
    return verdict;
  }

  /// Pods of a Job say more than a Job that runs.
  void ask_pods(const json::Value& job, Verdict& verdict) const {
    const json::Value& metadata = json::member_at(job, "metadata");
    const CommandResult shown = host_.ask_in_time(
        kubectl({"get", "pods", "--namespace", json::text_at(metadata, "namespace"), "-l",
                 "batch.kubernetes.io/job-name=" + json::text_at(metadata, "name"), "-o", "json"}));
    if (shown.status != 0) {
      return;
    }
    const json::Value pods = json::parse(shown.out, "the pods of a smoke test", ErrorKind::step);
    const Verdict of_pods = verdict_of_all(json::rows_at(pods, "items"));
    if (of_pods.kind == Verdict::Kind::waiting) {
      verdict.words = of_pods.words;
    }
  }

  /// The last lines of its pods.
  std::string said() const {
    std::string text;
    for (const json::Value& object : objects_) {
      const std::string kind = lower(json::text_at(object, "kind"));
      if (kind != "pod" && kind != "job") {
        continue;
      }
      const json::Value& metadata = json::member_at(object, "metadata");
      const CommandResult logs = host_.ask_in_time(
          kubectl({"logs", "--namespace", json::text_at(metadata, "namespace"), "--all-containers",
                   "--tail=5", "--", kind + "/" + json::text_at(metadata, "name")}));
      for (const std::string_view line : split(trim(logs.out), '\n')) {
        text += line.empty() ? "" : "\n  " + escaped(line, 200);
      }
    }
    return text;
  }

  const host::Host& host_;
  std::string path_;
  json::Array objects_;  ///< as the API had them last
};

}  // namespace

Result run_test(const host::Host& host, const format::Index& index, const format::Component& component,
                std::chrono::seconds patience) {
  const std::string path = test_file(host, index, component);
  const auto began = host.steady();
  remove_objects(host, path);
  Verdict verdict;
  try {
    verdict = Test(host, path).run(patience);
  } catch (...) {
    remove_objects(host, path);
    throw;
  }
  remove_objects(host, path);
  return {.component = component.name,
          .has_passed = verdict.kind == Verdict::Kind::passed,
          .seconds = std::chrono::duration<double>(host.since(began)).count(),
          .words = verdict.words};
}

}  // namespace bundle::smoke
