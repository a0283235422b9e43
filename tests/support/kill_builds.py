"""Kills builds with SIGKILL at random moments and starts them again, and holds them to what a resumable build promises:
the same bytes as an undisturbed build, no finished entry asked for again, a partly fetched one continued by Range.

    kill_builds.py KILLS SEED WHOLE SECONDS LOG PORT -- COMMAND…

WHOLE is the undisturbed bundle, which took SECONDS; LOG and PORT are those of the one server that everything comes from
(start_front in lab.sh). COMMAND lacks its `--out` and reads $XDG_CACHE_HOME, both made here.
"""
import filecmp
import json
import os
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path


def main():
    kills, seed, whole, seconds, log, port = sys.argv[1:7]
    builds = Builds(Path(whole), Path(log), int(port), sys.argv[8:], random.Random(seed), float(seconds))
    rounds = 0
    while builds.kills < int(kills):
        rounds += 1
        builds.round(Path(f"round{rounds}"))
    print(f"{builds.kills} kills in {rounds} rounds, seed {seed}: {builds.kept} times a finished entry was kept, "
          f"{builds.continued} times one was continued")
    if not (builds.kept and builds.continued):
        sys.exit("no kill came in the middle: nothing was shown")


class Builds:
    def __init__(self, whole, log, port, command, chance, seconds):
        self.whole, self.log, self.port, self.command = whole, log, port, command
        self.chance, self.seconds = chance, seconds
        self.kills = self.kept = self.continued = 0
        self.index = json.loads((whole / "bundle.json").read_text(encoding="utf-8"))

    def round(self, folder):
        """One bundle, killed again and again until a run of it comes to its end."""
        environment = {**os.environ, "XDG_CACHE_HOME": str(folder.absolute()) + ".cache"}
        written = {}
        while True:
            begin = self.log.stat().st_size
            is_done = self.run([*self.command, "--out", str(folder)], environment)
            self.check_requests(self.log.read_bytes()[begin:].decode(), written)
            if is_done:
                break
            self.kills += 1
            written = journal(Path(f"{folder}.partial/.journal"))
        self.compare(folder)
        shutil.rmtree(folder)
        shutil.rmtree(environment["XDG_CACHE_HOME"])

    def run(self, command, environment):
        """Whether it ended before it was killed; returns when the server is done with it, too."""
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _, errors = process.communicate(timeout=self.chance.uniform(0, 0.8 * self.seconds))
            if process.returncode != 0:
                sys.exit(f"exit code {process.returncode}: {errors.decode()}")
            is_done = True
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            is_done = False
        while is_busy(self.port):
            time.sleep(0.01)
        return is_done

    def check_requests(self, lines, written):
        """`written`: entry number -> bytes of it that were there when the run began."""
        requests = [line.split() for line in lines.splitlines()]
        for number, size_bytes in written.items():
            entry = self.index["entries"][number]
            asked = [row for row in requests if row[0] == "GET" and is_of(row[1], entry)]
            if size_bytes == entry["size"]:
                self.kept += 1
                if asked:
                    sys.exit(f"{entry['path']} was finished and is asked for again: {asked}")
            elif size_bytes and asked:
                if asked[0][2] != f"bytes={size_bytes}--" or asked[0][3] not in ("206", "499"):
                    sys.exit(f"{entry['path']} had {size_bytes} bytes; it was asked for with {asked[0]}")
                self.continued += 1

    def compare(self, folder):
        names = sorted(path.name for path in self.whole.iterdir())
        if names != sorted(path.name for path in folder.iterdir()):
            sys.exit(f"{folder} has other files: {sorted(os.listdir(folder))}")
        for name in names:
            if not name.endswith(".sig") and not filecmp.cmp(self.whole / name, folder / name, shallow=False):
                sys.exit(f"{folder / name} differs from the undisturbed build's")


def journal(file):
    """Entry number -> bytes, as docs/formats says; entries are numbered in the order of the index."""
    written = {}
    for line in file.read_text(encoding="utf-8").split("\n")[1:-1] if file.exists() else []:
        words = line.split()
        if len(words) == 2:
            written[int(words[0])] = int(words[1])
    return written


def is_of(uri, entry):
    """Whether a request is for this entry: a blob or manifest by digest, or the file of that name."""
    return uri.endswith("sha256:" + entry["sha256"]) or uri.endswith("/" + entry["path"].removeprefix("files/"))


def is_busy(port):
    """Whether the server has another request than this one in its hands, whose line is not yet in the log."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/status") as status:
        return int(status.readline().rpartition(b":")[2]) > 1


if __name__ == "__main__":
    main()
