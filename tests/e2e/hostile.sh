#!/usr/bin/env bash
# An upstream that lies, stalls, leads astray or is broken costs an error that says what is wrong, and nothing else:
# the exit code is right, no login goes astray, memory stays bounded, and nothing half-written is left behind.
# Stalled and dripping connections are in tests/unit/net: the patience of 30 s cannot be shortened from outside.
source "$(dirname "$0")/../support/e2e.sh"
need python3 openssl gpg rpmbuild rpmsign createrepo_c
python3 "$ROOT/tests/e2e/hostile" "$BIN/bundle" "$TMP" "$@"
