"""bundle against an upstream that misbehaves: see ../hostile.sh.

    python3 tests/e2e/hostile BUNDLE FOLDER [BEGINNING-OF-A-CASE…]
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cases_charts  # noqa: E402
import cases_closures  # noqa: E402
import cases_images  # noqa: E402
import cases_local  # noqa: E402
import cases_rpms  # noqa: E402
import content  # noqa: E402
from runner import HOSTS, Case, Failed, World, require, run_case  # noqa: E402
from server import Upstream  # noqa: E402

_AT_ONCE = 3
_USUAL = Case("usual", ("image", "rpm:good", "chart", "file"), 0, verb="build", after=cases_images.check_bundle)


def main():
    folder, chosen = Path(sys.argv[2]), set(sys.argv[3:])
    world = make_world(sys.argv[1], folder)
    try:
        world.usual_kib = run_case(world, _USUAL).peak_kib
        say(f"usual: {world.usual_kib >> 10} MiB at most")
        cases = [case for module in (cases_images, cases_rpms, cases_charts, cases_local, cases_closures) for case in module.cases(world)]
        require(len({case.name for case in cases}) == len(cases), "two cases have one name")
        cases = [case for case in cases if not chosen or case.name.startswith(tuple(chosen))]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            # What waits for retries comes first, beside the others.
            order = sorted(cases, key=lambda case: "retried" not in case.name)
            results = list(pool.map(lambda case: try_case(world, case), order))
    finally:
        world.server.stop()
    faults = [text for text in results if text]
    for text in faults:
        say(text)
    say(f"{len(cases) - len(faults)} of {len(cases)} cases are as they have to be")
    return 1 if faults else 0


def make_world(bundle, folder):
    image, rpms = content.Image(), content.Rpms(folder / "rpms")
    data = {**image.content(), **rpms.content(), **cases_charts.honest()}
    certificate, authority = content.make_certificate(folder, HOSTS)
    content.write_data_dir(folder / "data")
    return World(bundle, Upstream(data, certificate), folder, image, rpms, authority)


def try_case(world, case):
    """What is wrong, or nothing."""
    started = time.monotonic()
    try:
        run = run_case(world, case)
    except Failed as fault:
        return f"FAILED {case.name}: {fault}"
    say(f"{case.name}: exit code {case.exit}, {run.peak_kib >> 10} MiB, {time.monotonic() - started:.1f} s")
    return None


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
