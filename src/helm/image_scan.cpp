#include "helm/image_scan.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "helm/answer.hpp"
#include "helm/chart.hpp"
#include "helm/download_words.hpp"
#include "helm/image_decide.hpp"
#include "helm/render.hpp"
#include "helm/schema.hpp"
#include "helm/statements.hpp"
#include "images/embedded.hpp"
#include "images/walk.hpp"
#include "spec/reference.hpp"

namespace bundle::helm {
namespace {

constexpr std::uint64_t kManifestLimit = 64ull << 20;

/// Chart.yaml annotations that list images; by convention wider than the release.
/// Source: artifacthub.io/docs/topics/annotations/helm; Hauler's and Bitnami's own keys.
constexpr std::array<std::string_view, 3> kImageAnnotations = {"artifacthub.io/images", "images",
                                                               "helm.sh/images"};

/// helm here has no network, but would reach a server of this very machine; a site has neither.
void require_own_schema(const ChartInput& input) {
  const std::vector<std::string> urls =
      input.skip_schema ? std::vector<std::string>() : remote_schemas(input.chart);
  if (!urls.empty()) {
    throw Error(
        ErrorKind::unresolvable,
        fmt::format("the schema of the chart {} loads {} at each rendering, which a site cannot",
                    input.chart.filename().string(), escaped(join(urls, ", "), 500)),
        "`skip-schema: true` at the chart or component in versions.yml renders it without that check, "
        "here and on site");
  }
}

Release load_release(const ChartInput& input, const ScanRequest& request, CommandRunner& runner) {
  Release made{.chart = load_chart(input.chart), .rules = input.rules};
  require_own_schema(input);
  const RenderRequest rendering{.helm = request.helm,
                                .chart = input.chart,
                                .values = input.values,
                                .release = input.release,
                                .namespace_ = input.namespace_,
                                .skip_schema = input.skip_schema,
                                .kube_version = request.kube_version};
  made.rendered = render(rendering, runner);
  made.objects.push_back(images::parse_objects(made.rendered, input.chart.filename().string()));
  made.title = made.chart->name + " " + made.chart->version;
  return made;
}

/// Renders once more with the CRDs of everything in place: charts ask Capabilities.APIVersions.
void render_with_crds(Release& release, const ChartInput& input, const ScanRequest& request,
                      const std::vector<std::string>& api_versions, CommandRunner& runner) {
  const std::string second = render({.helm = request.helm,
                                     .chart = input.chart,
                                     .values = input.values,
                                     .release = input.release,
                                     .namespace_ = input.namespace_,
                                     .skip_schema = input.skip_schema,
                                     .kube_version = request.kube_version,
                                     .api_versions = api_versions},
                                    runner);
  if (second != release.rendered) {
    release.objects.push_back(images::parse_objects(second, input.chart.filename().string()));
  }
}

Release load_manifests(const ScanRequest& request) {
  Release made{.title = "the manifests"};
  made.objects.emplace_back();
  for (const std::filesystem::path& file : request.manifests) {
    std::vector<images::Object> objects =
        images::parse_objects(read_file(file, kManifestLimit), file.filename().string());
    std::move(objects.begin(), objects.end(), std::back_inserter(made.objects.front()));
  }
  return made;
}

std::vector<Release> load_releases(const ScanRequest& request, CommandRunner& runner, ScanResult& result) {
  std::vector<Release> releases;
  std::set<std::string> api_versions;
  const auto collect = [&](const Release& release) {
    const std::vector<std::string> found = images::crd_api_versions(release.objects.front());
    api_versions.insert(found.begin(), found.end());
  };
  for (const ChartInput& input : request.charts) {
    releases.push_back(load_release(input, request, runner));
    collect(releases.back());
  }
  if (!request.manifests.empty()) {
    releases.push_back(load_manifests(request));
    collect(releases.back());
  }
  result.api_versions.assign(api_versions.begin(), api_versions.end());
  api_versions.insert(request.api_versions.begin(), request.api_versions.end());
  for (std::size_t i = 0; i < request.charts.size() && !api_versions.empty(); ++i) {
    render_with_crds(releases[i], request.charts[i], request, {api_versions.begin(), api_versions.end()},
                     runner);
  }
  return releases;
}

spec::ImageRules rules_for(const Release& release, const ScanRequest& request) {
  spec::ImageRules rules = release.rules;
  rules.merge(request.extra_rules);
  for (const spec::Component& component : request.catalogue) {
    rules.merge(component.images);
  }
  return rules;
}

void add_annotated(const Release& release, std::vector<FoundImage>& images) {
  if (!release.chart) {
    return;
  }
  for (const std::string_view key : kImageAnnotations) {
    const auto it = release.chart->annotations.find(std::string(key));
    if (it == release.chart->annotations.end()) {
      continue;
    }
    for (const std::string& text : images::images_in_text(it->second).found) {
      images.push_back({.image = spec::reference(text).str(),
                        .klass = "annotation",
                        .place = fmt::format("Chart.yaml annotations[\"{}\"]", key),
                        .reason = "listed for the whole chart; nothing that is rendered uses it",
                        .state = ImageState::off});
    }
  }
}

/// One row per image and place, the strongest state of several.
void sort_and_merge(std::vector<FoundImage>& images) {
  const auto key = [](const FoundImage& found) { return std::tie(found.image, found.place); };
  std::sort(images.begin(), images.end(), [&](const FoundImage& a, const FoundImage& b) {
    return std::tie(a.image, a.place, a.state, a.klass) < std::tie(b.image, b.place, b.state, b.klass);
  });
  images.erase(std::unique(images.begin(), images.end(),
                           [&](const FoundImage& a, const FoundImage& b) { return key(a) == key(b); }),
               images.end());
}

std::string words_for(const FoundImage& found) {
  const std::string kind = found.place.substr(0, found.place.find('/'));
  return fmt::format(
      "{}: '{}': {}\n  answer it in the component's images: ignore: [{{at: {}, because: …}}], or rename: "
      "[{{at: …, "
      "to: …, because: …}}]",
      found.place, found.image, found.reason, answer_place(kind, found.rule_path));
}

/// `ollama pull hf.co/org/name:q4`: what looks like an image there is the model, which has its own question.
void drop_words_of(const std::vector<images::Download>& downloads, std::vector<FoundImage>& found) {
  for (FoundImage& image : found) {
    const bool is_word =
        std::any_of(downloads.begin(), downloads.end(), [&](const images::Download& download) {
          return !image.image.empty() && image.place.starts_with(download.object->title() + " ") &&
                 download.what.find(image.image) != std::string::npos;
        });
    if (is_word && image.state == ImageState::undecided) {
      image.state = ImageState::off;
      image.reason = "a word of a command that downloads something else";
    }
  }
}

void note_used(const spec::ImageRules& rules, const images::Candidates& candidates,
               std::set<std::string>& used) {
  for (const spec::ImageIgnore& rule : rules.ignore) {
    if (names_any(rule.at, candidates, false)) {
      used.insert(to_string(rule.position));
    }
  }
  for (const spec::ImageRename& rule : rules.rename) {
    if (names_any(rule.at, candidates, true)) {
      used.insert(to_string(rule.position));
    }
  }
}

}  // namespace

std::string to_string(ImageState state) {
  switch (state) {
    case ImageState::required:
      return "required";
    case ImageState::off:
      return "off";
    case ImageState::undecided:
      break;
  }
  return "undecided";
}

ScanResult scan(const ScanRequest& request, CommandRunner& runner) {
  ScanResult result;
  const std::vector<Release> releases = load_releases(request, runner, result);
  for (const Release& release : releases) {
    const spec::ImageRules rules = rules_for(release, request);
    for (const std::vector<images::Object>& objects : release.objects) {
      const images::Candidates candidates = images::find_candidates(objects);
      const std::vector<images::Download> downloads = images::find_downloads(objects);
      std::vector<FoundImage> found = decide(candidates, rules, request.target);
      drop_words_of(downloads, found);
      note_used(rules, candidates, result.used_rules);
      for (std::string& words : undecided_downloads(downloads, rules, result.used_rules)) {
        result.undecided.push_back(std::move(words));
      }
      result.images.insert(result.images.end(), found.begin(), found.end());
    }
    add_annotated(release, result.images);
  }
  std::vector<std::string> silent = add_compiled_in(releases, request, result.images);
  sort_and_merge(result.images);
  for (const FoundImage& found : result.images) {
    if (found.state == ImageState::undecided) {
      result.undecided.push_back(words_for(found));
    }
  }
  result.undecided.insert(result.undecided.end(), silent.begin(), silent.end());
  std::sort(result.undecided.begin(), result.undecided.end());
  result.undecided.erase(std::unique(result.undecided.begin(), result.undecided.end()),
                         result.undecided.end());
  return result;
}

}  // namespace bundle::helm
