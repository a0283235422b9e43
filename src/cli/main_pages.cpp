// Writes what a package brings beside the executables: `write_pages FOLDER` makes FOLDER/man1/*.1 and
// FOLDER/completions/{bash,zsh,fish}. It runs when bundle is built, and is not installed.
#include <cstdio>
#include <filesystem>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "cli/completion.hpp"
#include "cli/man.hpp"

namespace {

using namespace bundle;

void write_pages(const std::filesystem::path& folder) {
  const cli::Program program = cli::describe(cli::all_verbs());
  make_folders(folder / "man1");
  make_folders(folder / "completions");
  write_file_atomically(folder / "man1/bundle.1", cli::man_page(program));
  write_file_atomically(folder / "man1/bundle-onsite.1",
                        cli::onsite_man_page(cli::describe(cli::onsite_verbs())));
  for (const cli::Verb& verb : program.verbs) {
    write_file_atomically(folder / ("man1/bundle-" + verb.name + ".1"), cli::man_page(program, verb));
  }
  write_file_atomically(folder / "completions/bash", cli::bash_completion(program));
  write_file_atomically(folder / "completions/zsh", cli::zsh_completion(program));
  write_file_atomically(folder / "completions/fish", cli::fish_completion(program));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_pages FOLDER\n", stderr);
    return 2;
  }
  try {
    write_pages(argv[1]);
    return 0;
  } catch (const Error& error) {
    std::fputs((render(error) + "\n").c_str(), stderr);
    return static_cast<int>(error.kind());
  }
}
