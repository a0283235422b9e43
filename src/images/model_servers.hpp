#pragma once

#include "images/shell.hpp"

namespace bundle::images {

/// Whether a command serves a model that it is given by name (`vllm serve org/name`), and so fetches it from
/// a hub; a path is none, and `environment` may say that no hub is asked (`HF_HUB_OFFLINE=1`).
bool fetches_model(const ShellCommand& command, const Variables& environment);

}  // namespace bundle::images
