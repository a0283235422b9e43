#include <fmt/core.h>

int main() { fmt::print("bundle\n"); }
