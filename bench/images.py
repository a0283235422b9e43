#!/usr/bin/env python3
"""bench/images.py [--gib N] [--runs N] [--bundle FILE]: what `bundle build` costs against skopeo.

Serves N GiB (2) of images with shared layers from a registry on loopback, and in each run (5) measures
  skopeo   `skopeo copy` of the same images, one after the other, into one OCI layout
  build    `bundle build --locked` into a new folder (the lock is made once, beforehand)
  sha256   `sha256sum` of the parts
  verify   `bundle verify` of the bundle
Prints the medians and their ratios: wall time, bytes written (wchar) against the payload, peak RSS. Needs about three times
N GiB of disk below build/bench. Run it on a quiet machine.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build/bench"


def image_list(gib):
    """Eight images: a base layer for all, a layer for each two, a layer of its own."""
    unit = gib * 1024 // 16
    lines = [f"layer bench-base {2 * unit}MiB"]
    for pair in range(4):
        lines.append(f"layer bench-pair{pair} {unit}MiB")
    for image in range(8):
        size = unit + (image - 4) * unit // 16 if gib > 1 else unit
        lines.append(f"layer bench-own{image} {size}MiB")
        lines.append(f"image bench.example/app{image}:1 amd64,arm64 oci-index bench-base bench-pair{image // 2} bench-own{image}")
    return "\n".join(lines) + "\n"


def measure(argv, env=None):
    """Runs a program; its wall seconds, bytes written and peak RSS in bytes."""
    began = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    error = process.stderr.read()  # until it ends
    # Between its end and wait4 the kernel still answers for it: the counters are final.
    written = next(int(line.split()[1]) for line in open(f"/proc/{process.pid}/io") if line.startswith("wchar"))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(argv)} ended with {process.returncode}\n{error.decode()}")
    return time.monotonic() - began, written, usage.ru_maxrss * 1024


def start_lab(gib):
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "images").write_text(image_list(gib))
    lab = WORK / "lab"
    subprocess.run([ROOT / "scripts/lab", "upstream", "up", "--images", WORK / "images", "--dir", lab], check=True)
    return lab


def registry_of(lab):
    """HOST:PORT/PREFIX of the lab's registry, from its mirrors.yml."""
    for line in (lab / "mirrors.yml").read_text().splitlines():
        if line.strip().startswith("registry.k8s.io:"):
            return line.split('"')[1].removeprefix("http://").removesuffix("/registry.k8s.io")
    raise SystemExit("the lab's mirrors.yml names no registry")


def run_all(bundle, lab, runs):
    references = [f"bench.example/app{image}:1" for image in range(8)]
    versions = WORK / "versions.yml"
    versions.write_text(
        "bundle: bench\nversion: 1.0\ntarget: {os: centos-stream-9, base: none}\nimages:\n"
        + "".join(f"  - {reference}\n" for reference in references)
    )
    common = [str(versions), "--mirrors", str(lab / "mirrors.yml")]
    (WORK / "versions.lock.json").unlink(missing_ok=True)  # a lock of other sizes would be kept as it is
    subprocess.run([bundle, "lock", *common], check=True)
    lock = json.loads((WORK / "versions.lock.json").read_text())
    payload = sum(
        {blob["digest"]: blob["size"] for image in lock["images"] for blob in image["blobs"] + image["documents"]}.values()
    )
    registry = registry_of(lab)
    rows = {"skopeo": [], "build": [], "sha256": [], "verify": []}
    for _ in range(runs):
        for name in ("layout", "out", "out.partial"):
            shutil.rmtree(WORK / name, ignore_errors=True)
        copies = [
            measure(["skopeo", "copy", "--quiet", "--src-tls-verify=false", f"docker://{registry}/{reference}",
                     f"oci:{WORK / 'layout'}:{reference}"])
            for reference in references
        ]
        rows["skopeo"].append((sum(c[0] for c in copies), sum(c[1] for c in copies), max(c[2] for c in copies)))
        shutil.rmtree(WORK / "layout")
        rows["build"].append(measure([bundle, "build", "-q", *common, "--locked", "--key", str(WORK / "key.key"),
                                      "--out", str(WORK / "out")]))
        parts = [str(part) for part in sorted((WORK / "out").glob("*.tar"))]
        rows["sha256"].append(measure(["sha256sum", *parts]))
        rows["verify"].append(measure([bundle, "verify", "-q", str(WORK / "out"), "--key", str(WORK / "key.pub")]))
    return payload, rows


def report(payload, rows):
    median = {name: [statistics.median(run[i] for run in runs) for i in range(3)] for name, runs in rows.items()}
    print(f"payload {payload / 2**30:.2f} GiB, medians of {len(rows['build'])}")
    print(f"{'':8} {'wall':>8} {'wchar/payload':>14} {'peak RSS':>10}")
    for name, (wall, written, rss) in median.items():
        print(f"{name:8} {wall:7.2f}s {written / payload:14.3f} {rss / 2**20:7.0f} MiB")
    print(f"build : skopeo     {median['build'][0] / median['skopeo'][0]:.2f}   (target 0.50)")
    print(f"verify : sha256sum {median['verify'][0] / median['sha256'][0]:.2f}   (target 0.30)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--bundle", default=str(ROOT / "build/release/bin/bundle"))
    options = parser.parse_args()
    lab = start_lab(options.gib)
    try:
        if not (WORK / "key.pub").exists():
            subprocess.run([options.bundle, "keygen", "--no-passphrase", str(WORK / "key")], check=True)
        payload, rows = run_all(options.bundle, lab, options.runs)
    finally:
        subprocess.run([ROOT / "scripts/lab", "upstream", "down", "--dir", lab], check=True)
    report(payload, rows)


if __name__ == "__main__":
    main()
