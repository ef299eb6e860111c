# SPDX-License-Identifier: GPL-2.0
"""Which Debian mirror this machine uses, read from its own apt sources.

The kernel comes from the mirror that the machine already trusts and can reach;
no host is named here. Signatures are checked against Debian's keyring by apt, so
a wrong guess is refused by apt and the next candidate is tried.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List

DEBIAN_SUITE = re.compile(
    r"(oldoldstable|oldstable|stable|testing|unstable|sid|bullseye|bookworm|trixie|forky)"
    r"(-updates|-backports|-proposed-updates)?"
)


@dataclass
class Entry:
    """One stanza of sources.list: deb [options] uri suite components."""

    uris: List[str] = field(default_factory=list)
    suites: List[str] = field(default_factory=list)
    components: List[str] = field(default_factory=list)
    signed_by: str = ""


def parse_one_line(text: str) -> List[Entry]:
    """sources.list and *.list: `deb [signed-by=...] uri suite component...`."""
    entries = []
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        match = re.fullmatch(r"deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*(.*)", line)
        if not match:
            continue
        options, uri, suite, components = match.groups()
        signed = re.search(r"signed-by\s*=\s*(\S+)", options or "", re.I)
        entries.append(
            Entry([uri], [suite], components.split(), signed.group(1) if signed else "")
        )
    return entries


def parse_deb822(text: str) -> List[Entry]:
    """*.sources: stanzas of `Field: value` with continuation lines."""
    entries = []
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", kept):
        fields: Dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t"):
                if name:
                    fields[name] += "\n" + line.strip()
            elif ":" in line:
                name, value = line.split(":", 1)
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        entries.append(
            Entry(
                fields.get("uris", "").split(),
                fields.get("suites", "").split(),
                fields.get("components", "").split(),
                fields.get("signed-by", ""),
            )
        )
    return entries


def read_sources(etc_apt: Path) -> List[Entry]:
    entries: List[Entry] = []
    files = [etc_apt / "sources.list"]
    parts = etc_apt / "sources.list.d"
    if parts.is_dir():
        files += sorted(parts.iterdir())
    for path in files:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if path.suffix == ".sources":
            entries += parse_deb822(text)
        elif path.suffix == ".list":
            entries += parse_one_line(text)
    return entries


def candidates(entries: List[Entry]) -> List[str]:
    """URIs that may be a mirror of Debian's main archive, the likeliest first."""
    ranked: Dict[str, int] = {}
    for entry in entries:
        if not any(DEBIAN_SUITE.fullmatch(suite) for suite in entry.suites):
            continue
        if "main" not in entry.components:
            continue
        debian_key = "debian-archive" in entry.signed_by
        if entry.signed_by and not debian_key:
            continue  # somebody else's archive that borrows Debian's suite names
        for uri in entry.uris:
            if uri.startswith("cdrom:") or "debian-security" in uri:
                continue
            rank = 0 if debian_key else 1
            rank += 0 if "debian" in uri else 2
            uri = uri.rstrip("/")
            ranked[uri] = min(rank, ranked.get(uri, rank))
    return sorted(ranked, key=lambda uri: ranked[uri])
