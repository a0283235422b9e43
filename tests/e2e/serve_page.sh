#!/usr/bin/env bash
# The page for people in a browser: with all its lists open, nothing of it is wider than the window, at the width of a desk and of a
# telephone.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
source "$ROOT/tests/support/serve.sh"
need curl
command -v chromium >/dev/null || skip "no chromium here"
shared_bundle

start_serve "$BUNDLE" --key "$PUB" --listen 127.0.0.1:0
curl -fsS "$url/" | sed 's|<details>|<details open>|g' >"$TMP/page.html"
grep -q '<details open>' "$TMP/page.html"
for width in 1280 400; do
  cat >"$TMP/probe.html" <<HTML
<iframe id=page src=page.html style="width:${width}px;height:800px"></iframe><p id=said></p>
<script>
  page.onload = () => {
    const root = page.contentDocument.documentElement
    said.textContent = [root.scrollWidth, "of", root.clientWidth, "with", root.querySelectorAll("pre").length].join(" ")
  }
</script>
HTML
  HOME=$TMP timeout 120 chromium --headless --no-sandbox --disable-gpu --allow-file-access-from-files --virtual-time-budget=5000 \
    --dump-dom "file://$TMP/probe.html" 2>"$TMP/err" | sed -n 's|.*<p id="said">\(.*\)</p>.*|\1|p' >"$TMP/said"
  read -r wide _ window _ blocks <"$TMP/said" || fail "the browser says nothing: $(tail -3 "$TMP/err")"
  [ "$blocks" -ge 5 ] || fail "the browser sees only $blocks blocks of commands"
  [ "$wide" -le "$window" ] || fail "at $width pixels the page is $wide wide in a window of $window"
done
