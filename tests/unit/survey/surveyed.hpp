#pragma once

#include <string>

#include "support/cluster_bundle.hpp"
#include "support/lawful_action.hpp"
#include "survey/survey.hpp"

namespace bundle::survey::test {

/// A site that is well, seen from its first master m1 (10.0.0.5): m2 (10.0.0.6) is a balancer too and has the
/// virtual address 10.0.0.100; w1 (10.0.0.9) takes pods.
struct Surveyed {
  Surveyed();

  Picture survey() { return survey::survey(host.host); }
  /// What is wrong, a line each.
  std::string faults();
  std::string unknown();

  TempDir media;
  bundle::test::FakeWorld world;
  bundle::test::WorldHost host{world};
  bundle::test::ClusterBundle bundle{media.path()};

 private:
  void make_files() const;
  void make_cluster();
};

}  // namespace bundle::survey::test
