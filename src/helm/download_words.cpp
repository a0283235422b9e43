#include "helm/download_words.hpp"

#include "base/error.hpp"
#include "helm/answer.hpp"
#include "helm/place_pattern.hpp"
#include "images/candidate.hpp"

namespace bundle::helm {
namespace {

std::string_view advice_for(images::DownloadKind kind) {
  switch (kind) {
    case images::DownloadKind::model:
      return "carry the model in files: (`to:` a folder of the node) and give the pod that path";
    case images::DownloadKind::file:
      return "carry what it fetches in files: and give the pod that path, or have it ask a server of the "
             "site";
    case images::DownloadKind::sources:
      return "carry an archive of the repository in files:, or name a git server of the site";
    case images::DownloadKind::packages:
      return "use an image that has these packages, or carry them in files: and install them from there";
    case images::DownloadKind::chart:
      return "carry the chart in charts:";
    case images::DownloadKind::image:
      break;
  }
  return "carry the image in images:, and have it taken from the node";
}

bool is_answered(const images::Download& download, const spec::ImageRules& rules,
                 std::set<std::string>& used) {
  bool is_ignored = false;
  for (const spec::ImageIgnore& rule : rules.ignore) {
    if (rule.at.kind == download.object->kind && matches_path(rule.at.path, download.path, false)) {
      used.insert(to_string(rule.position));
      is_ignored = true;
    }
  }
  return is_ignored;
}

}  // namespace

std::vector<std::string> undecided_downloads(const std::vector<images::Download>& downloads,
                                             const spec::ImageRules& rules, std::set<std::string>& used) {
  std::vector<std::string> words;
  for (const images::Download& download : downloads) {
    if (!is_answered(download, rules, used)) {
      words.push_back(fmt::format(
          "{} {}: `{}` downloads when it runs, which a site without internet cannot\n  {}; then, or when it "
          "never "
          "runs there, answer it in the component's images: ignore: [{{at: {}, because: …}}]",
          download.object->title(), images::to_string(download.path), download.what,
          advice_for(download.kind), answer_place(download.object->kind, images::rule_path(download.path))));
    }
  }
  return words;
}

}  // namespace bundle::helm
