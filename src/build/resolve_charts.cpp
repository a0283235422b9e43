#include "build/resolve_charts.hpp"

#include "archive/archive.hpp"
#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "build/chart_source.hpp"
#include "build/upstream_signature.hpp"
#include "build/vouch.hpp"

namespace bundle::build {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kMaxManifestBytes = 64ull << 20;
constexpr std::uint64_t kMaxProgramBytes = 512ull << 20;
constexpr std::uint64_t kMaxSumsBytes = 1ull << 20;

spec::Voucher by_signature_or_digest(const stdfs::path& content, const spec::UpstreamSignature& signature,
                                     const std::string& pinned_sha256, World& world) {
  if (!signature.url.empty()) {
    return voucher_by_signature(content, signature, world);
  }
  return {.by = pinned_sha256.empty() ? spec::VouchedBy::first_use : spec::VouchedBy::digest};
}

void vouch(spec::LockedText& text, const spec::Voucher& otherwise, const Inputs& inputs) {
  text.vouched = voucher_of(inputs.versions, text.path, text.sha256, otherwise, text.archive_sha256);
}

class ChartResolver {
 public:
  ChartResolver(const Inputs& inputs, World& world, ResolvedSources& into)
      : inputs_(inputs), world_(world), finder_(world), into_(into) {}

  void add(const spec::ChartSpec& chart, const std::string& component, const std::string& user_values,
           const stdfs::path& folder, const spec::Roles& roles, const std::string& why) {
    const FoundChart found =
        finder_.find(chart, folder, component.empty() ? "spec:" : "catalogue:" + component + "/");
    ResolvedChart made{
        .locked = {.name = chart.name,
                   .version = found.version,
                   .archive = {.path = fmt::format("charts/{}-{}.tgz", chart.name, found.version),
                               .source = found.source,
                               .sha256 = found.sha256,
                               .size_bytes = found.size_bytes},
                   .release = chart.release,
                   .namespace_ = chart.namespace_,
                   .skip_schema = chart.skip_schema,
                   .component = component,
                   .why = {why}},
        .archive = found.file,
        .images = chart.images,
        .image_roles = roles};
    vouch(made.locked.archive, by_provenance(chart, found), inputs_);
    if (!chart.values.empty()) {
      const std::string source =
          component.empty() ? "spec:" + chart.values : "catalogue:" + component + "/" + chart.values;
      add_values(made, folder / chart.values, source, component.empty() ? "values.yaml" : "catalogue.yaml");
    }
    if (!user_values.empty()) {
      add_values(made, inputs_.versions.resolve(user_values), "spec:" + user_values, "values.yaml");
    }
    into_.charts.push_back(std::move(made));
  }

 private:
  /// helm's provenance lies beside an archive; what comes from a registry has none there.
  spec::Voucher by_provenance(const spec::ChartSpec& chart, const FoundChart& found) {
    if (!chart.file.empty()) {
      return {.by = spec::VouchedBy::own};
    }
    if (chart.gpgkeys.empty()) {
      return {.by = spec::VouchedBy::first_use};
    }
    if (is_oci_source(found.source)) {
      throw Error(
          ErrorKind::spec, chart.position,
          fmt::format("the chart {} comes from an OCI registry ({}), where no provenance is looked for",
                      chart.name, found.source),
          "leave out its gpgkey, and pin it under 'digests'");
    }
    return voucher_by_provenance(found.source, fmt::format("{}-{}.tgz", chart.name, found.version),
                                 found.sha256, chart.gpgkeys, world_);
  }

  void add_values(ResolvedChart& chart, const stdfs::path& file, const std::string& source,
                  const std::string& name) {
    const std::string content = read_file(file, kMaxManifestBytes);
    spec::LockedText locked{
        .path = fmt::format("charts/values/{}/{}/{}", chart.locked.namespace_, chart.locked.release, name),
        .source = source,
        .sha256 = sha256_hex(content),
        .size_bytes = content.size(),
        .vouched = {.by = spec::VouchedBy::own}};
    chart.locked.values.push_back(locked.path);
    chart.values.push_back(file);
    into_.values.push_back(std::move(locked));
  }

  const Inputs& inputs_;
  World& world_;
  ChartFinder finder_;
  ResolvedSources& into_;
};

void add_manifest(const spec::Component& component, const spec::ManifestSpec& manifest, const Inputs& inputs,
                  World& world, ResolvedSources& into) {
  const bool is_local = manifest.url.empty();
  const std::string& named = is_local ? manifest.file : manifest.url;
  const std::string place = is_local ? named : without_query(named);
  const std::string name = place.substr(place.rfind('/') + 1);
  ResolvedManifest made{
      .locked = {.component = component.name,
                 .text = {.path = "manifests/" + component.name + "/" + name,
                          .source = is_local ? "catalogue:" + component.name + "/" + named : named}},
      .image_roles = component.image_roles};
  spec::LockedText& text = made.locked.text;
  if (is_local) {
    made.file = component.folder / named;
    const std::string content = read_file(made.file, kMaxManifestBytes);
    text.sha256 = sha256_hex(content);
    text.size_bytes = content.size();
    text.vouched.by = spec::VouchedBy::own;
  } else {
    const store::Fetched fetched =
        world.fetcher.fetch({.url = named, .hex = manifest.sha256, .limit_bytes = kMaxManifestBytes});
    made.file = fetched.path;
    text.sha256 = fetched.sha256_hex;
    text.size_bytes = fetched.size_bytes;
    vouch(text, by_signature_or_digest(made.file, manifest.signature, manifest.sha256, world), inputs);
  }
  into.manifests.push_back(std::move(made));
}

/// The digest that an upstream publishes beside an archive: the first word, as sha256sum writes it.
std::string published_sha256(const std::string& url, World& world) {
  const std::string text = world.fetcher.fetch_text(url, kMaxSumsBytes);
  const std::vector<std::string_view> words = split_words(text);
  if (words.empty() || !is_hex_256(words[0])) {
    fail(ErrorKind::integrity, "{} does not begin with a SHA-256 in hex", url);
  }
  return std::string(words[0]);
}

void add_program(const spec::ProgramSpec& program, const Inputs& inputs, World& world,
                 ResolvedSources& into) {
  const std::string pinned = program.sha256.empty() && !program.sha256_url.empty()
                                 ? published_sha256(program.sha256_url, world)
                                 : program.sha256;
  const store::Fetched archive =
      world.fetcher.fetch({.url = program.url, .hex = pinned, .limit_bytes = kMaxProgramBytes});
  ResolvedProgram made{.locked = {.path = "bin/" + program.name,
                                  .source = program.url,
                                  .extract = program.extract,
                                  .archive_sha256 = archive.sha256_hex,
                                  .archive_size_bytes = archive.size_bytes},
                       .file = world.work / "bin" / program.name};
  // A checksum beside the archive vouches for nothing.
  const spec::Voucher voucher =
      by_signature_or_digest(archive.path, program.signature, program.sha256, world);
  make_folders(made.file.parent_path());
  archive::extract_member(archive.path, program.extract, made.file);
  const std::string content = read_file(made.file, kMaxProgramBytes);
  made.locked.sha256 = sha256_hex(content);
  made.locked.size_bytes = content.size();
  vouch(made.locked, voucher, inputs);
  into.programs.push_back(std::move(made));
}

}  // namespace

ResolvedSources resolve_sources(const Inputs& inputs, World& world) {
  ResolvedSources made;
  ChartResolver charts(inputs, world, made);
  for (std::size_t i = 0; i < inputs.components.size(); ++i) {
    const spec::Component& component = inputs.components[i];
    const std::string why = "components." + component.name;
    with_context("resolving component " + component.name, [&] {
      if (component.chart) {
        charts.add(*component.chart, component.name, inputs.versions.components[i].values, component.folder,
                   component.image_roles, why);
      }
      for (const spec::ManifestSpec& manifest : component.manifests) {
        add_manifest(component, manifest, inputs, world, made);
      }
      if (!component.smoke.empty()) {
        add_manifest(component, {.file = component.smoke}, inputs, world, made);
        made.manifests.back().is_smoke_test = true;
      }
      for (const spec::ProgramSpec& program : component.programs) {
        add_program(program, inputs, world, made);
      }
    });
  }
  for (const spec::ChartSpec& chart : inputs.versions.charts) {
    with_context("resolving chart " + chart.name, [&] {
      charts.add(chart, "", "", inputs.versions.file.parent_path(), spec::all_roles(),
                 "charts." + chart.release);
    });
  }
  return made;
}

}  // namespace bundle::build
