#pragma once

#include <CLI/CLI.hpp>

#include "commands/upstream.hpp"

namespace bundle::cli {

/// `--mirrors FILE` and `--jobs N`, for every verb that talks to upstreams.
void add_upstream_options(CLI::App& verb, commands::UpstreamOptions& options);

}  // namespace bundle::cli
