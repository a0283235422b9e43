#include "smoke/verdict.hpp"

#include <cstdint>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::smoke {
namespace {

using Kind = Verdict::Kind;

const json::Value& status_of(const json::Value& object) { return json::member_at(object, "status"); }

std::string name_of(const json::Value& object) {
  return lower(json::text_at(object, "kind")) + "/" +
         escaped(json::text_at(json::member_at(object, "metadata"), "name"));
}

/// The row of `status.conditions` of this type; null when it is not there.
const json::Value* condition(const json::Value& object, std::string_view type) {
  for (const json::Value& row : json::rows_at(status_of(object), "conditions")) {
    if (json::text_at(row, "type") == type) {
      return &row;
    }
  }
  return nullptr;
}

std::string words_of(const json::Value& row) {
  return escaped(fmt::format("{}: {}", json::text_at(row, "reason"), json::text_at(row, "message")), 300);
}

/// Of the containers of a pod: a state (`waiting`, `terminated`) that one of them is in; null: none is.
const json::Value* state_of_container(const json::Value& pod, std::string_view state) {
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json::Value& container : json::rows_at(status_of(pod), list)) {
      const json::Value& found = json::member_at(json::member_at(container, "state"), state);
      if (found.if_object() != nullptr) {
        return &found;
      }
    }
  }
  return nullptr;
}

std::string pod_words(const json::Value& pod) {
  if (const json::Value* row = condition(pod, "PodScheduled");
      row != nullptr && json::text_at(*row, "status") == "False") {
    return words_of(*row);
  }
  const json::Value* waiting = state_of_container(pod, "waiting");
  return waiting != nullptr ? words_of(*waiting) : "it is " + escaped(json::text_at(status_of(pod), "phase"));
}

Verdict verdict_of_pod(const json::Value& pod) {
  const std::string phase = json::text_at(status_of(pod), "phase");
  if (phase == "Succeeded") {
    return {};
  }
  if (phase == "Failed") {
    const json::Value* ended = state_of_container(pod, "terminated");
    return {.kind = Kind::failed, .words = ended != nullptr ? words_of(*ended) : words_of(status_of(pod))};
  }
  return {.kind = Kind::waiting, .words = pod_words(pod)};
}

Verdict verdict_of_job(const json::Value& job) {
  const json::Value* failed = condition(job, "Failed");
  if (failed != nullptr && json::text_at(*failed, "status") == "True") {
    return {.kind = Kind::failed, .words = words_of(*failed)};
  }
  const json::Value* complete = condition(job, "Complete");
  const bool is_complete = complete != nullptr && json::text_at(*complete, "status") == "True";
  return {.kind = is_complete ? Kind::passed : Kind::waiting, .words = is_complete ? "" : "it runs"};
}

std::int64_t number_at(const json::Value& object, std::string_view key, std::int64_t otherwise) {
  const std::int64_t* number = json::member_at(object, key).if_integer();
  return number == nullptr ? otherwise : *number;
}

/// A Deployment, StatefulSet or DaemonSet: all pods that it wants are ready, and there is one.
Verdict verdict_of_workload(const json::Value& workload) {
  const bool is_daemon_set = json::text_at(workload, "kind") == "DaemonSet";
  const json::Value& status = status_of(workload);
  const std::int64_t wanted = is_daemon_set ? number_at(status, "desiredNumberScheduled", 0)
                                            : number_at(json::member_at(workload, "spec"), "replicas", 1);
  const std::int64_t ready = number_at(status, is_daemon_set ? "numberReady" : "readyReplicas", 0);
  if (wanted > 0 && ready >= wanted) {
    return {};
  }
  return {.kind = Kind::waiting, .words = fmt::format("{} of {} pods are ready", ready, wanted)};
}

}  // namespace

Verdict verdict_of(const json::Value& object) {
  const std::string kind = json::text_at(object, "kind");
  Verdict verdict;
  if (kind == "Pod") {
    verdict = verdict_of_pod(object);
  } else if (kind == "Job") {
    verdict = verdict_of_job(object);
  } else if (kind == "Deployment" || kind == "StatefulSet" || kind == "DaemonSet") {
    verdict = verdict_of_workload(object);
  }
  if (verdict.kind != Kind::passed) {
    verdict.words = name_of(object) + ": " + verdict.words;
  }
  return verdict;
}

Verdict verdict_of_all(const json::Array& objects) {
  Verdict all;
  for (const json::Value& object : objects) {
    Verdict one = verdict_of(object);
    if (one.kind == Kind::failed) {
      return one;
    }
    if (one.kind == Kind::waiting) {
      all = std::move(one);
    }
  }
  return all;
}

}  // namespace bundle::smoke
