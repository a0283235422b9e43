#pragma once

#include <set>
#include <string>
#include <vector>

#include "commands/session.hpp"
#include "format/index.hpp"
#include "spec/lock.hpp"

namespace bundle::commands {

/// One thing of a bundle or lock, with the chains that lead to it from versions.yml.
struct Reason {
  std::string kind;  ///< image, rpm, chart, file, component
  std::string name;
  std::set<std::string> roles;  ///< empty: all
  std::vector<std::string> why;
};

std::vector<Reason> reasons(const format::Index& index);
std::vector<Reason> reasons(const spec::Lock& lock);

/// Those that a person may mean by `name`: the whole name or, when nothing has it, a part of it that people
/// use (`pause`, `vim-enhanced`, `model.gguf`).
std::vector<Reason> find_reasons(const std::vector<Reason>& all, const std::string& name);

/// `bundle why DIR-or-lock NAME`. Throws Error(usage) with the nearest name when there is nothing of it.
void why(Session& session, const std::string& folder_or_lock, const std::string& name);

}  // namespace bundle::commands
