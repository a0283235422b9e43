#!/usr/bin/env bash
# The man pages say what the help says, and groff and mandoc have nothing against them.
source "$(dirname "$0")/../support/e2e.sh"
need groff
pages=$(cd "${BUNDLE_BUILD:-$ROOT/build/release}/pages/man1" && pwd)
cp "$pages"/*.gz "$TMP"
gunzip "$TMP"/*.gz

for page in "$TMP"/*.1; do
  groff -man -Tutf8 -ww -z "$page" 2>"$TMP/warnings"
  [ ! -s "$TMP/warnings" ] || fail "groff has something against $page: $(cat "$TMP/warnings")"
  if command -v mandoc >/dev/null; then
    # No date: the same sources make the same bytes.
    mandoc -T lint -W warning "$page" | grep -v 'missing date' >"$TMP/warnings" || true
    [ ! -s "$TMP/warnings" ] || fail "mandoc has something against $page: $(cat "$TMP/warnings")"
  fi
  groff -man -Tascii -rLL=500n -P-cbou "$page" >"${page%.1}.txt"
done

bundle --help >"$TMP/help"
sed -n '/^[A-Z].*:$/{/^Options/q};s/^  \([a-z][a-z-]*\) .*/\1/p' "$TMP/help" >"$TMP/verbs"
{ printf '%s\n' bundle bundle-onsite && sed 's/^/bundle-/' "$TMP/verbs"; } | sort >"$TMP/wanted"
(cd "$TMP" && printf '%s\n' *.1) | sed 's/\.1$//' | sort >"$TMP/found"
diff "$TMP/wanted" "$TMP/found"
while read -r verb; do
  bundle "$verb" --help >"$TMP/bundle-$verb.help"
done <"$TMP/verbs"
cp "$TMP/help" "$TMP/bundle.help"
bundle-onsite --help | sed 's/^Usage: bundle /Usage: bundle-onsite /' >"$TMP/bundle-onsite.help"

python3 - "$TMP" "$ROOT/docs/guide.md" <<'PYTHON'
import pathlib, re, sys
folder, guide = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
faults = []

def words(text):
    return " ".join(text.split())

def rows(help_text):
    """(name, text) of each row; a text goes on in lines that are indented further."""
    found = []
    for line in help_text.splitlines():
        if re.match(r"  \S", line):
            name, _, text = line.strip().partition("  ")
            found.append([name, text])
        elif line.startswith(" " * 10) and found:
            found[-1][1] += " " + line.strip()
    return [(name, words(text)) for name, text in found]

def options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))

for page in sorted(folder.glob("*.txt")):
    man = words(page.read_text())
    told = page.with_suffix(".help").read_text()
    told, _, examples = told.partition("\nExample:\n")
    for name, text in rows(told):
        if f"{name} {text}".strip() not in man:
            faults.append(f"{page.stem}: the help's '{name}  {text}' is not in the man page")
    for example in examples.splitlines():
        if example.strip() not in man:
            faults.append(f"{page.stem}: the example '{example.strip()}' is not in the man page")
    summary = told.splitlines()[0].rstrip(".")
    if summary not in man:
        faults.append(f"{page.stem}: '{summary}' is not in the man page")
    usage = re.search(r"^Usage: (.*)$", told, re.M)[1]
    if usage not in man:
        faults.append(f"{page.stem}: '{usage}' is not in the man page")
    listed = re.search(r"\nOPTIONS\n(.*?)\n[A-Z]", page.read_text(), re.S)[1]
    more = options(listed) - options(told)
    if more:
        faults.append(f"{page.stem}: the man page has {more}, the help has not")

codes = dict(re.findall(r"^\| (\d+) \| (.*) \|$", guide.read_text(), re.M))
man = words((folder / "bundle.txt").read_text())
for code, meaning in codes.items():
    if f"{code} {meaning}" not in man:
        faults.append(f"exit code {code} of docs/guide.md, '{meaning}', is not in bundle(1)")
if len(codes) < 10:
    faults.append("docs/guide.md has few exit codes")
print("\n".join(faults))
sys.exit(1 if faults else 0)
PYTHON
