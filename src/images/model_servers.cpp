#include "images/model_servers.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "images/command_words.hpp"

namespace bundle::images {
namespace {

bool is_set(const Variables& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found != environment.end() && (found->second == "1" || lower(found->second) == "true");
}

/// `org/name` or a URL; a path on disk is no name, and what is not known is none either.
bool is_model_name(std::string_view text) {
  return !text.empty() && text.find_first_of("$ ") == std::string_view::npos && text[0] != '/' &&
         text[0] != '.' && text[0] != '-' && text.find('/') != std::string_view::npos &&
         !text.starts_with("file:") && !text.starts_with("pvc:");
}

struct ModelServer {
  std::string_view programs;
  std::string_view options;    ///< whose value is the model
  std::string_view verb = {};  ///< after which the model stands as a word
};

constexpr std::array kServers = {
    ModelServer{"vllm", "--model|--tokenizer", "serve"},
    ModelServer{"vllm.entrypoints.openai.api_server|vllm.entrypoints.api_server|vllm-openai",
                "--model|--tokenizer"},
    ModelServer{"text-generation-launcher|text-embeddings-router|text-generation-inference|infinity_emb",
                "--model-id"},
    ModelServer{"sglang.launch_server|sglang", "--model-path|--model"},
    ModelServer{"llama-server|llama-cli|llama.cpp", "-hf|-hfr|--hf-repo|-mu|--model-url"},
    ModelServer{"lmdeploy", "--model", "serve api_server"},
    ModelServer{"trtllm-serve", "--model"},
    ModelServer{"speaches|faster-whisper-server", "--model"},
};

bool names_model(const ModelServer& server, const ShellCommand& command) {
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string_view word = command[i];
    const std::size_t equals = word.find('=');
    if (is_listed(server.options, word.substr(0, equals))) {
      const std::string_view value = equals != std::string_view::npos ? word.substr(equals + 1)
                                     : i + 1 < command.size()         ? std::string_view(command[i + 1])
                                                                      : std::string_view();
      if (is_model_name(value)) {
        return true;
      }
    }
  }
  if (server.verb.empty() || !has_verb(command, server.verb)) {
    return false;
  }
  const std::vector<std::string_view> operands = operands_of(command, 1);
  const std::size_t model = split(server.verb, ' ').size();
  return operands.size() > model && is_model_name(operands[model]);
}

}  // namespace

bool fetches_model(const ShellCommand& command, const Variables& environment) {
  const std::string_view program = program_name(command[0]);
  return !is_set(environment, "HF_HUB_OFFLINE") && !is_set(environment, "TRANSFORMERS_OFFLINE") &&
         std::any_of(kServers.begin(), kServers.end(), [&](const ModelServer& server) {
           return is_listed(server.programs, program) && names_model(server, command);
         });
}

}  // namespace bundle::images
