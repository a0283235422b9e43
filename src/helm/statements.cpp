#include "helm/statements.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "helm/operators.hpp"
#include "helm/requests.hpp"
#include "spec/reference.hpp"

namespace bundle::helm {
namespace {

class Statements {
 public:
  Statements(const std::vector<Release>& releases, const ScanRequest& request,
             std::vector<FoundImage>& images)
      : releases_(releases), request_(request), images_(images) {
    for (const FoundImage& found : images) {
      const auto reference = spec::parse_reference(found.image);
      if (reference && found.state == ImageState::required) {
        required_.push_back(*reference);
      }
    }
    for (const Release& release : releases) {
      for (const images::Object& object : release.objects.front()) {
        kinds_.insert(object.is_test ? "" : object.kind);
      }
      groups_.merge(find_handled_groups(release.objects.front()));
    }
  }

  std::vector<std::string> run() {
    for (const spec::Component& component : request_.catalogue) {
      add_rows(component.images, "manifests/" + component.name + "/component.yml", false);
    }
    add_rows(request_.extra_rules, "versions.yml", true);
    for (const Release& release : releases_) {
      add_rows(release.rules, "versions.yml", true);
    }
    for (const Release& release : releases_) {
      ask_about(release);
    }
    return std::move(silent_);
  }

 private:
  // --- rows of `add`

  void add_rows(const spec::ImageRules& rules, const std::string& from, bool is_users) {
    for (const spec::ImageAdd& row : rules.add) {
      if (row.kind && !kinds_.contains(*row.kind)) {
        continue;
      }
      if (row.for_operator.empty()) {
        if (is_users) {
          add(row, from);
        }
      } else {
        add_for_operator(row, from);
      }
    }
  }

  void add_for_operator(const spec::ImageAdd& row, const std::string& from) {
    const spec::Reference wanted = spec::reference(row.for_operator);
    for (const spec::Reference& found : required_) {
      if (found.name() != wanted.name()) {
        continue;
      }
      if (found.tag == wanted.tag && (!wanted.digest || found.digest == wanted.digest)) {
        answered_.insert(found.name());
        add(row, "compiled into " + found.str());
      } else if (answered_.insert(found.name()).second) {
        silent_.push_back(fmt::format(
            "{} is an operator whose compiled-in images are known for the tag {} only, and {} was found\n"
            "  read them again at this tag (many operators print them: --print-images=list) and write them "
            "as add: "
            "[{{image: …, for: \"{}\", because: …}}] in {}",
            found.name(), wanted.tag, found.tag, found.str(), from));
      }
    }
  }

  void add(const spec::ImageAdd& row, const std::string& place) {
    images_.push_back({.image = spec::reference(row.image).str(),
                       .klass = "compiled-in",
                       .place = place,
                       .reason = row.because,
                       .state = ImageState::required});
  }

  // --- silence

  void ask_about(const Release& release) {
    if (speaks(release)) {
      return;
    }
    for (const std::vector<images::Object>& objects : release.objects) {
      for (const Operator& found : find_operators(objects)) {
        if (!is_answered(found)) {
          say(fmt::format("{} of {}", found.object->title(), release.title), found.because, found.images);
        }
      }
      for (const Request& request : find_foreign_requests(objects, groups_)) {
        const bool is_complete = names_images(*request.object) && !has_open_container(request.object->node);
        if (!is_complete && !is_kind_of_bundle(*request.object)) {
          say(fmt::format("{} of {}", request.object->title(), release.title), request.because, {});
        }
      }
    }
  }

  static bool speaks(const spec::ImageRules& rules) {
    return !rules.none_compiled_in.empty() || !rules.add.empty();
  }

  /// Does the user, or the catalogue's component of this chart, say anything of the whole release?
  bool speaks(const Release& release) const {
    if (speaks(release.rules) || speaks(request_.extra_rules)) {
      return true;
    }
    return release.chart && std::any_of(request_.catalogue.begin(), request_.catalogue.end(),
                                        [&](const spec::Component& component) {
                                          return component.chart &&
                                                 component.chart->name == release.chart->name &&
                                                 !component.images.none_compiled_in.empty();
                                        });
  }

  bool is_answered(const Operator& found) const {
    const auto is_one = [this](const std::string& image) {
      const auto reference = spec::parse_reference(image);
      return reference && (answered_.contains(reference->name()) || is_spoken_of(reference->name()));
    };
    return found.is_guess ? std::all_of(found.images.begin(), found.images.end(), is_one)
                          : std::any_of(found.images.begin(), found.images.end(), is_one);
  }

  bool is_spoken_of(const std::string& repository) const {
    return std::any_of(request_.catalogue.begin(), request_.catalogue.end(),
                       [&](const spec::Component& component) {
                         const std::vector<std::string>& operators = component.images.operators;
                         return !component.images.none_compiled_in.empty() &&
                                std::find(operators.begin(), operators.end(), repository) != operators.end();
                       });
  }

  bool names_images(const images::Object& object) const {
    const std::string prefix = object.title() + " ";
    return std::any_of(images_.begin(), images_.end(), [&](const FoundImage& found) {
      return found.state == ImageState::required && found.place.starts_with(prefix) &&
             found.place.find("initContainers[") == std::string::npos;
    });
  }

  /// Its CRD comes with another component of the bundle, or with another release, whose operator is asked
  /// about.
  bool is_kind_of_bundle(const images::Object& object) const {
    const std::string wanted = object.api_version + "/" + object.kind;
    const auto has = [&wanted](const std::vector<std::string>& all) {
      return std::find(all.begin(), all.end(), wanted) != all.end();
    };
    const auto has_crd = [&has](const Release& release) {
      return has(images::crd_api_versions(release.objects.front()));
    };
    return has(request_.api_versions) ||
           (groups_.handles(object.group()) && std::any_of(releases_.begin(), releases_.end(), has_crd));
  }

  void say(const std::string& who, std::string_view because, const std::vector<std::string>& images) {
    silent_.push_back(
        fmt::format("{}{}: {}, and nobody has said anything about images that are compiled in\n"
                    "  answer it with images: none-compiled-in: \"who read it, and where\", or add: "
                    "[{{image: …, for: OPERATOR, "
                    "because: …}}], in the component or chart of versions.yml or in manifests/",
                    who, images.empty() ? "" : " (" + join(images, ", ") + ")", because));
  }

  const std::vector<Release>& releases_;
  const ScanRequest& request_;
  std::vector<FoundImage>& images_;
  std::vector<spec::Reference> required_;
  std::set<std::string> kinds_;
  HandledGroups groups_;            ///< of all releases
  std::set<std::string> answered_;  ///< repositories of operators with rows, at this tag or reported
  std::vector<std::string> silent_;
};

}  // namespace

std::vector<std::string> add_compiled_in(const std::vector<Release>& releases, const ScanRequest& request,
                                         std::vector<FoundImage>& images) {
  return Statements(releases, request, images).run();
}

}  // namespace bundle::helm
