#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bundle::helm {

/// The URLs that the values.schema.json of a chart (packed or a folder) and of its dependencies load when
/// helm checks values against them; sorted, each once. Drafts of JSON Schema that helm has built in, and what
/// a schema calls itself by `$id`, are not among them. A schema that is no JSON is left to helm.
/// Source: JSON Schema draft 2020-12 core, section 8.2.
std::vector<std::string> remote_schemas(const std::filesystem::path& chart);

/// The same for one schema.
std::vector<std::string> remote_references(const std::string& schema);

}  // namespace bundle::helm
