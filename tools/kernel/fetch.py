# SPDX-License-Identifier: GPL-2.0
"""Fetch a kernel's source from Debian, without touching the machine's apt.

Debian packages the source of its kernels as linux-source-X.Y. apt runs here with
a configuration of its own (sources, lists, cache, no dpkg status), takes the
mirror from the machine's sources, and checks the archive's signature against
Debian's keyring, which has to be installed.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional

from tools.common import paths
from tools.common.ui import Stage, UserError, warn
from tools.kernel import mirrors, versions

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Where linux-source-X.Y packages are; smallest index first.
SUITES = ("trixie-backports", "trixie", "bookworm")
# Settings of the machine that decide how a mirror is reached.
KEPT_SETTINGS = re.compile(
    r"Acquire::(https?|ftp|tor|Retries|ForceIPv4|ForceIPv6|Check-Valid-Until|Check-Date"
    r"|proxy|Proxy-Auto-Detect)\b",
    re.I,
)


class Kernel(NamedTuple):
    """A fetched source: its series, Debian's version and the tarball."""

    series: str
    version: str
    tarball: Path

    @property
    def identity(self) -> str:
        return f"linux-source-{self.series} {self.version}"


class PrivateApt:
    """apt on one suite of one mirror, with every path of its own."""

    def __init__(self, root: Path, mirror: str, suite: str) -> None:
        self.root = root
        self.mirror = mirror
        self.suite = suite
        for name in ("lists/partial", "cache/archives/partial"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
        (root / "apt.conf").write_text(self._configuration())

    def _configuration(self) -> str:
        lines = [
            'Dir::Etc::Main "/dev/null";',
            'Dir::Etc::Parts "/dev/null";',
            'Dir::Etc::SourceParts "/dev/null";',
            'Dir::Etc::Preferences "/dev/null";',
            'Dir::Etc::PreferencesParts "/dev/null";',
            'Dir::Etc::TrustedParts "/dev/null";',
            f'Dir::Etc::SourceList "{self.root}/sources.list";',
            f'Dir::State "{self.root}";',
            f'Dir::State::Lists "{self.root}/lists";',
            'Dir::State::status "/dev/null";',
            f'Dir::Cache "{self.root}/cache";',
            'Acquire::Languages "none";',
            'Acquire::PDiffs "false";',
            'Acquire::AllowInsecureRepositories "false";',
            'APT::Get::AllowUnauthenticated "false";',
            'APT::Update::Error-Mode "any";',
            f'APT::Sandbox::User "{"root" if os.geteuid() == 0 else ""}";',
        ]
        dump = subprocess.run(
            ["apt-config", "dump", "Acquire"], text=True, capture_output=True, check=False
        ).stdout
        kept = [line for line in dump.splitlines() if KEPT_SETTINGS.match(line)]
        return "\n".join(kept + lines) + "\n"

    def environment(self) -> Dict[str, str]:
        return {**os.environ, "APT_CONFIG": f"{self.root}/apt.conf", "LC_ALL": "C.UTF-8"}

    def run(self, *args: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            args, env=self.environment(), text=True, capture_output=True, check=False
        )

    def update(self) -> None:
        done = self.run("apt-get", "-q", "update")
        if done.returncode:
            raise UserError(
                f"apt could not read {self.suite} from {self.mirror}:\n{errors_of(done.stderr)}"
            )

    def record(self, package: str) -> Dict[str, str]:
        """The index entry of a package's newest version; empty if there is none."""
        done = self.run("apt-cache", "show", "--no-all-versions", package)
        return dict(re.findall(r"^(Version|Size): (.*)$", done.stdout, re.M))

    def kernels(self) -> List[str]:
        done = self.run("apt-cache", "pkgnames", "linux-source-")
        names = re.findall(r"^linux-source-(\d+\.\d+)$", done.stdout, re.M)
        return sorted(set(names), key=versions.key, reverse=True)

    def download(self, package: str, into: Path, size: int, stage: Stage) -> Path:
        process = subprocess.Popen(
            ["apt-get", "-q", "download", package],
            cwd=into,
            env=self.environment(),
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        while True:
            try:
                process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                have = sum(entry.stat().st_size for entry in into.rglob("*") if entry.is_file())
                stage.progress(f"downloading {package}: {have >> 20} of {size >> 20} MB")
        message = process.stderr.read() if process.stderr else ""
        found = list(into.glob("*.deb"))
        if process.returncode or len(found) != 1:
            raise UserError(f"apt could not download {package}:\n{errors_of(message)}")
        return found[0]


def errors_of(text: str) -> str:
    lines = [line for line in text.splitlines() if line[:2] in ("E:", "W:", "Er")]
    return "\n".join("  " + line for line in (lines or text.splitlines())[-6:])


def store(series: str) -> Path:
    return paths.cache_dir() / "kernels" / f"linux-{series}"


def cached(series: str) -> Optional[Kernel]:
    """The kernel of this series that is already here."""
    try:
        stated = json.loads((store(series) / "source.json").read_text())
        tarball = store(series) / stated["tarball"]
        if tarball.stat().st_size != stated["size"]:
            return None
        return Kernel(series, stated["version"], tarball)
    except (OSError, ValueError, KeyError):
        return None


def mirror_candidates() -> List[str]:
    chosen = os.environ.get("DEBIAN_MIRROR", "")
    if chosen:
        return [chosen.rstrip("/")]
    found = mirrors.candidates(mirrors.read_sources(Path("/etc/apt")))
    if not found:
        raise UserError(
            "no Debian mirror among this machine's apt sources (/etc/apt/sources.list*);\n"
            "  name one with DEBIAN_MIRROR=<url>, or use your own tree with KDIR=<path>"
        )
    return found


def check_tools() -> None:
    for tool in ("apt-get", "apt-cache", "dpkg-deb", "tar", "xz"):
        if not shutil.which(tool):
            raise UserError(
                f"{tool} is not here, so no kernel can be fetched; use your own tree: KDIR=<path>"
            )
    if not KEYRING.is_file():
        raise UserError(
            f"{KEYRING} is missing, so the archive's signature cannot be checked;\n"
            "  install debian-archive-keyring, or use your own tree: KDIR=<path>"
        )


class Pool:
    """The suites of the machine's mirror; each index is read when first needed."""

    def __init__(self, root: Path, stage: Stage) -> None:
        self.root = root
        self.stage = stage
        self._apts: Dict[str, PrivateApt] = {}
        self._mirrors = mirror_candidates()

    def suite(self, name: str) -> PrivateApt:
        if name not in self._apts:
            self.stage.progress(f"reading {name}'s index")
            self._apts[name] = self._open(name)
        return self._apts[name]

    def _open(self, name: str) -> PrivateApt:
        problems = []
        for mirror in self._mirrors:
            apt = PrivateApt(self.root / name, mirror, name)
            try:
                apt.update()
            except UserError as error:
                problems.append(str(error))
                continue
            self._mirrors = [mirror]
            return apt
        raise UserError("\n".join(problems))

    def find(self, series: str) -> Optional[PrivateApt]:
        for name in SUITES:
            apt = self.suite(name)
            if apt.record(f"linux-source-{series}"):
                return apt
        return None

    def everything(self) -> List[str]:
        names = {series for apt in self._apts.values() for series in apt.kernels()}
        return sorted(names, key=versions.key, reverse=True)


def unpack(deb: Path, series: str, version: str, work: Path) -> Kernel:
    """Put the package's tarball into the store, whole or not at all."""
    subprocess.run(["dpkg-deb", "-x", str(deb), str(work / "x")], check=True)
    found = list((work / "x/usr/src").glob("linux-source-*.tar.*"))
    if len(found) != 1:
        raise UserError(f"{deb.name} holds no source tarball")
    place = store(series)
    place.mkdir(parents=True, exist_ok=True)
    tarball = place / found[0].name
    os.replace(found[0], tarball)
    stated = {"version": version, "tarball": tarball.name, "size": tarball.stat().st_size}
    temporary = place / "source.json.new"
    temporary.write_text(json.dumps(stated, indent=1) + "\n")
    os.replace(temporary, place / "source.json")
    return Kernel(series, version, tarball)


def fetch(wanted: str, stage: Stage, refresh: bool = False) -> Kernel:
    """The wanted series, or the next supported one that the pool still has."""
    versions.check_wanted(wanted)
    have = cached(wanted)
    if have and not refresh:
        return have
    check_tools()
    paths.cache_dir().mkdir(parents=True, exist_ok=True)
    with paths.lock(paths.cache_dir() / "lock"):
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=paths.cache_dir()) as work:
            return fetch_locked(wanted, Path(work), stage, refresh)


def fetch_locked(wanted: str, work: Path, stage: Stage, refresh: bool) -> Kernel:
    pool = Pool(work / "apt", stage)
    for series in versions.fallbacks(wanted):
        have = cached(series)
        if have and not refresh:
            taken = have
        else:
            apt = pool.find(series)
            if not apt:
                continue
            package = f"linux-source-{series}"
            record = apt.record(package)
            if have and have.version == record["Version"]:
                taken = have
            else:
                (work / "deb").mkdir()
                size = int(record.get("Size", "0"))
                deb = apt.download(package, work / "deb", size, stage)
                stage.progress(f"unpacking {package}")
                taken = unpack(deb, series, record["Version"], work)
        if series != wanted:
            warn(
                f"the pool no longer has linux-source-{wanted}; taking {series} instead "
                f"(asked for KVER={wanted})"
            )
        return taken
    raise UserError(
        f"the pool has none of the supported kernels ({', '.join(versions.supported())});\n"
        f"  it has: {', '.join(pool.everything()) or 'no linux-source package'}\n"
        "  use your own tree instead: KDIR=<path>"
    )
