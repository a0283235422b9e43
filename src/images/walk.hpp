#pragma once

#include <vector>

#include "images/candidate.hpp"

namespace bundle::images {

/// Finds everything in the objects that is an image or looks like one; structure first, text last:
/// pod specs at any depth; fields of custom resources, composed from siblings; environment and arguments;
/// annotations; YAML, JSON and text inside ConfigMaps and Secrets; `default:` values of CRD schemas; and as
/// leftovers, words of any text that are full references. Below `enabled: false` (`enable: false`, `disabled:
/// true`) a candidate is off. Test hooks are off as a whole.
Candidates find_candidates(const std::vector<Object>& objects);

}  // namespace bundle::images
