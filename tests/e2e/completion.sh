#!/usr/bin/env bash
# `bundle completion` for bash, zsh and fish, asked in those shells.
source "$(dirname "$0")/../support/e2e.sh"
mkdir "$TMP/work" "$TMP/home"
cd "$TMP/work"
mkdir stick
touch site.yml site.pub

expect_exit 0 bundle completion bash
cp "$TMP/out" "$TMP/bundle.bash"
bash -n "$TMP/bundle.bash"

# proposed WORD…: what bash proposes for the last WORD, sorted, in one line. The words are cut as readline cuts them: `--key=a`
# is three.
proposed() {
  bash --norc --noprofile -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bundle
    printf "%s\n" "${COMPREPLY[@]}"' _ "$TMP/bundle.bash" "$@" | sort | paste -sd' '
}
expect_proposed() {
  local wanted=$1 found
  shift
  found=$(proposed "$@")
  [ "$found" = "$wanted" ] || fail "bash proposes '$found' and not '$wanted' for: $*"
}

# Every verb that the help names, and no other.
bundle --help | sed -n '/^[A-Z].*:$/{/^Options/q};s/^  \([a-z][a-z-]*\) .*/\1/p' | sort >"$TMP/verbs"
[ "$(wc -l <"$TMP/verbs")" -ge 18 ] || fail "the help has few verbs: $(cat "$TMP/verbs")"
expect_proposed "$(paste -sd' ' "$TMP/verbs")" bundle ""
expect_proposed verify bundle ver
expect_proposed "--data-dir" bundle --da
expect_proposed "verify" bundle --data-dir stick ver
expect_proposed "verify" bundle -q ver

# Of each verb, every option that its help names.
while read -r verb; do
  bundle "$verb" --help | sed -n '/^Options/,/^and those/{s/^  \(-[^ ]*\)\(, --[a-z-]*\)\{0,1\}.*/\1\2/p}' | tr -d , | tr ' ' '\n' | sort >"$TMP/wanted"
  proposed bundle "$verb" - | tr ' ' '\n' >"$TMP/found"
  comm -23 "$TMP/wanted" "$TMP/found" >"$TMP/lacking"
  [ -s "$TMP/wanted" ] || fail "the help of $verb names no option"
  [ ! -s "$TMP/lacking" ] || fail "bash does not propose for $verb: $(cat "$TMP/lacking")"
done <"$TMP/verbs"

expect_proposed "json table" bundle verify stick -o ""
expect_proposed "json" bundle verify --output j
expect_proposed "json" bundle verify --output = j
expect_proposed "json table" bundle verify --output =
expect_proposed "gpu master worker" bundle install --role ""
expect_proposed "master,gpu" bundle install --role master,g
expect_proposed "stick" bundle verify ""
expect_proposed "stick" bundle verify --key = site.pub ""
expect_proposed "site.pub site.yml" bundle verify stick --key si
expect_proposed "stick" bundle copy stick st
expect_proposed "" bundle build versions.yml --part-size ""
expect_proposed "bash fish zsh" bundle completion ""
expect_proposed "--update" bundle lock versions.yml --up
expect_proposed "--help" bundle lock --he

# tab SHELL… TEXT WANTED: types TEXT and a tab at a real prompt, and waits until the line reads WANTED.
tab() { python3 "$ROOT/tests/support/tab.py" "$@"; }
expect_exit 0 tab "source $TMP/bundle.bash" "bundle insp" "bundle inspect " bash --norc --noprofile -i
expect_exit 0 tab "source $TMP/bundle.bash" "bundle verify --expect x st" "bundle verify --expect x stick/" bash --norc --noprofile -i
expect_exit 0 tab "source $TMP/bundle.bash" "bundle verify --output=js" "bundle verify --output=json" bash --norc --noprofile -i

if command -v zsh >/dev/null; then
  mkdir "$TMP/functions"
  bundle completion zsh >"$TMP/functions/_bundle"
  zsh -n "$TMP/functions/_bundle"
  in_fpath="fpath=($TMP/functions \$fpath); autoload -Uz compinit; compinit -u -D"
  sourced="autoload -Uz compinit; compinit -u -D; source $TMP/functions/_bundle"
  for setup in "$in_fpath" "$sourced"; do
    expect_exit 0 tab "$setup" "bundle insp" "bundle inspect " zsh -f -i
    expect_exit 0 tab "$setup" "bundle verify --exp" "bundle verify --expect " zsh -f -i
    expect_exit 0 tab "$setup" "bundle verify -o js" "bundle verify -o json" zsh -f -i
    expect_exit 0 tab "$setup" "bundle copy st" "bundle copy stick/" zsh -f -i
    expect_exit 0 tab "$setup" "bundle completion f" "bundle completion fish" zsh -f -i
    expect_exit 0 tab "$setup" "bundle install --role mas" "bundle install --role master" zsh -f -i
  done
else
  echo "no zsh here"
fi

if command -v fish >/dev/null; then
  bundle completion fish >"$TMP/bundle.fish"
  export HOME=$TMP/home XDG_CONFIG_HOME=$TMP/home/.config XDG_DATA_HOME=$TMP/home/.local
  asked() { fish --no-config -c "source $TMP/bundle.fish; complete -C '$1'" | cut -f1 | sort | paste -sd' '; }
  expect_asked() { [ "$(asked "$1")" = "$2" ] || fail "fish proposes '$(asked "$1")' and not '$2' for: $1"; }
  expect_asked "bundle " "$(paste -sd' ' "$TMP/verbs")"
  expect_asked "bundle insp" inspect
  expect_asked "bundle verify --exp" --expect
  expect_asked "bundle verify -o " "json table"
  expect_asked "bundle copy st" stick/
  expect_asked "bundle completion " "bash fish zsh"
  expect_asked "bundle build versions.yml --part-size " ""
else
  echo "no fish here"
fi
