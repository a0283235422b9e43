"""What the lab says, on stderr: stdout stays for data."""

import sys


def say(message):
    print(f"lab: {message}", file=sys.stderr, flush=True)
