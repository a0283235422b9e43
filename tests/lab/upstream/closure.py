"""What dnf would install: the packages for which the lab makes stubs. Needs Debian's python3-dnf."""

import tempfile
from pathlib import Path

from .report import say


def close_over(repositories, requests, root=None):
    """The NEVRAs that `requests` (name or name-version) need, each alone and all together, on `root`'s rpmdb or on nothing.

    `repositories`: id -> URL. What cannot be resolved is said and left out, as it is in the real metadata.
    """
    with tempfile.TemporaryDirectory(prefix="lab-dnf-") as scratch:
        base = _base(Path(scratch), repositories, root)
        found, good = set(), []
        for request in requests:
            closure = _resolve(base, [request])
            if closure is None:
                say(f"dnf cannot resolve {request} on {'the base' if root else 'nothing'}: left out")
            else:
                found |= closure
                good.append(request)
        together = _resolve(base, good)
        if together is None:
            raise RuntimeError("dnf resolves the packages of the set one by one, but not together")
        base.close()
        return found | together


def _base(scratch, repositories, root):
    import dnf  # only this set needs it

    base = dnf.Base()
    conf = base.conf
    conf.installroot = str(root or scratch / "root")
    conf.persistdir, conf.cachedir, conf.logdir = (str(scratch / name) for name in ("persist", "cache", "log"))
    (scratch / "log").mkdir()
    conf.reposdir, conf.pluginpath = ["/nonexistent"], []
    conf.substitutions["releasever"] = "9"
    conf.substitutions["basearch"] = conf.substitutions["arch"] = "x86_64"
    conf.ignorearch = True
    conf.module_platform_id = "platform:el9"
    conf.best, conf.install_weak_deps = True, False
    conf.exclude = ["*.i686"]
    for identifier, url in repositories.items():
        base.repos.add_new_repo(identifier, conf, baseurl=[url])
    base.fill_sack(load_system_repo=root is not None)
    return base


def _resolve(base, requests):
    import dnf.exceptions

    base.reset(goal=True)
    try:
        for request in requests:
            base.install(request)
        base.resolve(allow_erasing=False)
    except dnf.exceptions.Error:
        return None
    return {str(package) for package in base.transaction.install_set}
