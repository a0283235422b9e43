#!/usr/bin/env python3
"""page_blocks.py WORD <PAGE: the block of commands behind the place of an HTML page that says WORD, as a browser would copy it."""
import html
import re
import sys

page = sys.stdin.read()
behind = page[page.index(sys.argv[1]):]
print(html.unescape(re.search(r"<pre>(.*?)</pre>", behind, re.DOTALL)[1]))
