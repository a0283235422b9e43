#include "helm/schema.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"

using namespace bundle;
using helm::remote_references;
using Strings = std::vector<std::string>;

TEST_CASE("a schema that loads others is known by their URLs") {
  CHECK(remote_references(R"({"properties": {"a": {"$ref": "https://x.example/s.json#/definitions/a"}},
                              "anyOf": [{"$ref": "https://x.example/s.json"}]})") ==
        Strings{"https://x.example/s.json"});
  CHECK(remote_references(R"({"$ref": "http://127.0.0.1:8000/s.json"})") ==
        Strings{"http://127.0.0.1:8000/s.json"});
  CHECK(remote_references(R"({"$id": "https://x.example/d/root.json", "items": {"$ref": "other.json"}})") ==
        Strings{"https://x.example/d/other.json"});
}

TEST_CASE("what a schema has itself, and what helm has built in, is loaded from nowhere") {
  for (
      const char* schema :
      {R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/definitions/a"})",
       R"({"$ref": "http://json-schema.org/draft-07/schema#"})",
       R"({"$id": "https://x.example/s.json", "items": {"$ref": "https://x.example/s.json#/definitions/a"}})",
       R"({"definitions": {"a": {"$id": "https://x.example/a.json"}}, "$ref": "https://x.example/a.json"})",
       R"({"properties": {"url": {"default": {"$ref": "https://x.example/s.json"}}}})",
       R"({"$ref": "other.json"})", R"({"$ref": 1})", "no JSON", ""}) {
    CAPTURE(schema);
    CHECK(remote_references(schema).empty());
  }
}

TEST_CASE("the schemas of a chart's dependencies count") {
  const TempDir dir;
  make_folders(dir.path() / "charts/sub");
  write_file_atomically(dir.path() / "values.schema.json", "{}");
  CHECK(helm::remote_schemas(dir.path()).empty());
  write_file_atomically(dir.path() / "charts/sub/values.schema.json",
                        R"({"$ref": "https://x.example/s.json"})");
  CHECK(helm::remote_schemas(dir.path()) == Strings{"https://x.example/s.json"});
}
