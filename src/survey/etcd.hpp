#pragma once

#include <string>
#include <vector>

#include "survey/api.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// The members of etcd, as the first of these masters' etcds that answers has them. Each member that can be
/// reached from there says who leads.
Known<std::vector<EtcdMember>> etcd_of(const Api& api, const std::vector<std::string>& masters);

}  // namespace bundle::survey
