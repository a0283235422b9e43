#include "serve/helm_index.hpp"

#include <set>

#include "base/json.hpp"

namespace bundle::serve {

std::string helm_index(const format::Index& index) {
  constexpr std::string_view kFolder = "charts/";
  json::Object entries;
  std::set<std::string> seen;  // a chart may be there for several releases
  for (const format::Chart& chart : index.charts) {
    if (!seen.insert(chart.path).second || !chart.path.starts_with(kFolder)) {
      continue;
    }
    json::Value& versions = entries.try_emplace(chart.name, json::Array()).first->second;
    versions.if_array()->emplace_back(json::Object{{"apiVersion", "v2"},
                                                   {"created", index.created},
                                                   {"digest", index.find_entry(chart.path)->sha256},
                                                   {"name", chart.name},
                                                   {"urls", json::Array{chart.path.substr(kFolder.size())}},
                                                   {"version", chart.version}});
  }
  return json::pretty(
      json::Object{{"apiVersion", "v1"}, {"entries", std::move(entries)}, {"generated", index.created}});
}

}  // namespace bundle::serve
