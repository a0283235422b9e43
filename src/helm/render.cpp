#include "helm/render.hpp"

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"

namespace bundle::helm {
namespace {

constexpr std::uint64_t kMaxRenderedBytes = 64ull << 20;  // as much as a manifest may have

Command command_for(const RenderRequest& request, const std::filesystem::path& home) {
  const std::string nowhere = "http://127.0.0.1:9";  // the discard port: refused at once
  Command made{.argv = {request.helm.string(), "template", "--namespace", request.namespace_,
                        "--include-crds", "--kube-version", request.kube_version},
               .env = {{"HOME", home.string()},
                       {"XDG_CACHE_HOME", (home / "cache").string()},
                       {"XDG_CONFIG_HOME", (home / "config").string()},
                       {"XDG_DATA_HOME", (home / "data").string()},
                       {"TMPDIR", home.string()},
                       {"KUBECONFIG", (home / "kubeconfig").string()},
                       {"HTTP_PROXY", nowhere},
                       {"HTTPS_PROXY", nowhere},
                       {"http_proxy", nowhere},
                       {"https_proxy", nowhere}},
               .clean_env = true,
               .output_limit_bytes = kMaxRenderedBytes};
  if (request.skip_schema) {
    made.argv.emplace_back("--skip-schema-validation");
  }
  for (const std::filesystem::path& values : request.values) {
    made.argv.insert(made.argv.end(), {"--values", values.string()});
  }
  for (const std::string& version : request.api_versions) {
    made.argv.insert(made.argv.end(), {"--api-versions", version});
  }
  made.argv.insert(made.argv.end(), {"--", request.release, request.chart.string()});
  return made;
}

}  // namespace

std::string render(const RenderRequest& request, CommandRunner& runner) {
  const TempDir home;
  CommandResult result = runner.run(command_for(request, home.path()));
  if (result.status != 0) {
    throw Error(ErrorKind::unresolvable,
                fmt::format("helm cannot render {}: {}", request.chart.string(), trim(result.err)));
  }
  return std::move(result.out);
}

}  // namespace bundle::helm
