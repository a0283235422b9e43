#pragma once

namespace bundle::rpm {

/// Makes librpm ready for use and silent: it writes what it finds to stderr by itself (a BDB of which only
/// Packages was copied has no indexes, a key it cannot use), where only our own words go. Once for the whole
/// process, whichever thread comes first: its log mask is nobody's to set back.
void prepare_librpm();

}  // namespace bundle::rpm
