// Rendered charts and manifests: the whole way from text to images.
#include "fuzz/fuzz.hpp"
#include "helm/image_decide.hpp"
#include "helm/operators.hpp"
#include "helm/requests.hpp"
#include "images/downloads.hpp"
#include "images/walk.hpp"

using namespace bundle;

namespace {

spec::ImageRules some_rules() {
  return {.rename = {{.at = {.kind = "ClusterPolicy", .path = "spec.{driver,toolkit}"},
                      .to = "{repository}/{image}:{version}-{os.id}{os.version}",
                      .unless = spec::Condition{.path = "version", .starts_with = "sha256:"}}},
          .ignore = {{.at = {.kind = "ClusterPolicy", .path = "spec.*.initContainer"}}}};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const spec::ImageRules kRules = some_rules();
  static const spec::Target kTarget{.name = "rhel-8.10", .os_id = "rhel", .os_version = "8.10"};
  fuzz::accepts([&] {
    const std::vector<images::Object> objects = images::parse_objects(fuzz::text_of(data, size), "input");
    const images::Candidates candidates = images::find_candidates(objects);
    static_cast<void>(helm::decide(candidates, kRules, std::nullopt));
    static_cast<void>(helm::decide(candidates, kRules, kTarget));
    static_cast<void>(images::find_downloads(objects));
    static_cast<void>(images::crd_api_versions(objects));
    static_cast<void>(helm::find_operators(objects));
    static_cast<void>(helm::find_foreign_requests(objects, helm::find_handled_groups(objects)));
  });
  return 0;
}
