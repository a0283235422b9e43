#!/usr/bin/env python3
"""A real docker-registry on a free loopback port, filled from a list of images (format: head of
tests/lab/sets/quickstart.images). Prints its port, and ends when its stdin closes.

    lab_registry.py FOLDER LIST
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
sys.dont_write_bytecode = True

from upstream import images, servers  # noqa: E402
from upstream.registry import RegistryTree  # noqa: E402


def main():
    folder, image_list = Path(sys.argv[1]), Path(sys.argv[2])
    images.write(RegistryTree(folder / "tree"), *images.parse(image_list.read_text(), image_list.name))
    server = servers.start_registry(folder, folder / "tree")
    try:
        print(server["port"], flush=True)
        sys.stdin.read()
    finally:
        servers.stop("docker-registry", server)


if __name__ == "__main__":
    main()
