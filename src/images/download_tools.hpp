#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "images/outside.hpp"
#include "images/shell.hpp"

namespace bundle::images {

/// What a command would fetch, for the advice.
enum class DownloadKind { model, file, sources, packages, chart, image };

/// What a command fetches from outside when it runs; nothing when it does not, as far as its words tell.
/// `environment`: of the container, where it is known (`HF_HUB_OFFLINE`).
std::optional<DownloadKind> download_of(const ShellCommand& command, const ServiceNames& services,
                                        const Variables& environment);

/// The program that an image runs without a `command`, where its arguments alone tell what it fetches
/// (`alpine/git`, `vllm/vllm-openai`); empty: not known.
std::string_view program_of_image(std::string_view image);

/// What an environment variable has its program fetch (`GF_INSTALL_PLUGINS`); nothing: it has none fetch.
std::optional<DownloadKind> download_of_variable(std::string_view name, std::string_view value,
                                                 const ServiceNames& services);

}  // namespace bundle::images
