# SPDX-License-Identifier: GPL-2.0
"""ITS commands: opcodes, and how to build and to read them (IHI 0069)."""

from typing import Any, Dict, Optional, Sequence, Tuple

MOVI, INT, CLEAR, SYNC = 0x01, 0x03, 0x04, 0x05
MAPD, MAPC, MAPTI, MAPI = 0x08, 0x09, 0x0A, 0x0B
INV, INVALL, MOVALL, DISCARD = 0x0C, 0x0D, 0x0E, 0x0F
VMOVI, VMOVP, VSGI, VSYNC = 0x21, 0x22, 0x23, 0x25
VMAPP, VMAPTI, VMAPI = 0x29, 0x2A, 0x2B
VINVALL, INVDB = 0x2D, 0x2E

NAMES: Dict[int, str] = {
    value: name
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, int)
}

VALID = 1 << 63
NO_DOORBELL = 1023
MASK32 = (1 << 32) - 1
RDBASE = ((1 << 52) - 1) & ~0xFFFF
Raw = Tuple[int, int, int, int]


def mapd(devid: int, itt: int, bits: int, valid: bool = True) -> Raw:
    return (MAPD | devid << 32, (bits - 1) & 0x1F, itt | (VALID if valid else 0), 0)


def mapc(icid: int, target: int, valid: bool = True) -> Raw:
    return (MAPC, 0, icid | target | (VALID if valid else 0), 0)


def mapti(devid: int, eventid: int, pintid: int, icid: int) -> Raw:
    return (MAPTI | devid << 32, eventid | pintid << 32, icid, 0)


def mapi(devid: int, eventid: int, icid: int) -> Raw:
    return (MAPI | devid << 32, eventid, icid, 0)


def movi(devid: int, eventid: int, icid: int) -> Raw:
    return (MOVI | devid << 32, eventid, icid, 0)


def movall(source: int, target: int) -> Raw:
    return (MOVALL, 0, source, target)


def event(opcode: int, devid: int, eventid: int) -> Raw:
    """INT, CLEAR, INV, DISCARD"""
    return (opcode | devid << 32, eventid, 0, 0)


def invall(icid: int) -> Raw:
    return (INVALL, 0, icid, 0)


def sync(target: int) -> Raw:
    return (SYNC, 0, target, 0)


def vmapp(
    vpeid: int,
    target: int,
    vpt: int,
    bits: int,
    valid: bool = True,
    *,
    alloc: bool = False,
    ptz: bool = False,
    vconf: int = 0,
    doorbell: int = 0,
) -> Raw:
    """The last four are GICv4.1's."""
    return (
        VMAPP | alloc << 8 | ptz << 9 | vconf,
        vpeid << 32 | doorbell,
        target | (VALID if valid else 0),
        vpt | (bits - 1) & 0x1F,
    )


def vmapti(devid: int, eventid: int, vpeid: int, vintid: int, doorbell: int) -> Raw:
    return (VMAPTI | devid << 32, eventid | vpeid << 32, vintid | doorbell << 32, 0)


def vmapi(devid: int, eventid: int, vpeid: int, doorbell: int) -> Raw:
    return (VMAPI | devid << 32, eventid | vpeid << 32, doorbell << 32, 0)


def vmovi(devid: int, eventid: int, vpeid: int, doorbell: int, replace: bool) -> Raw:
    return (VMOVI | devid << 32, eventid | vpeid << 32, doorbell << 32 | replace, 0)


def vmovp(
    vpeid: int,
    target: int,
    sequence: int = 0,
    its_list: int = 0,
    *,
    db: bool = False,
    doorbell: int = 0,
) -> Raw:
    """The last two are GICv4.1's."""
    return (
        VMOVP | sequence << 32,
        vpeid << 32 | its_list,
        target | (VALID if db else 0),
        doorbell,
    )


def vpe(opcode: int, vpeid: int) -> Raw:
    """VINVALL, VSYNC, INVDB"""
    return (opcode, vpeid << 32, 0, 0)


def vsgi(vpeid: int, sgi: int, priority: int, group: bool, clear: bool, enable: bool) -> Raw:
    return (
        VSGI | sgi << 32 | (priority >> 4) << 20 | group << 10 | clear << 9 | enable << 8,
        vpeid << 32,
        0,
        0,
    )


def text(raw: Sequence[int], desc: Optional[Any] = None) -> str:
    """A command as a reader wants it."""
    op, dev, ev = raw[0] & 0xFF, raw[0] >> 32, raw[1] & MASK32
    high, low, icid = raw[1] >> 32, raw[2] & MASK32, raw[2] & 0xFFFF
    vpeid, valid = high & 0xFFFF, raw[2] >> 63
    name = NAMES.get(op, f"opcode {op:#04x}")

    def target(word: int) -> str:
        base = word & RDBASE
        if desc is not None and desc.pta:
            number, rest = divmod(base - desc.rdist_phys, desc.rdist_stride or 1)
            return f"redistributor {number}" if not rest else f"RDbase {base:#x}"
        return f"redistributor {base >> 16}"

    if op == MAPD:
        itt = raw[2] & ((1 << 52) - 1)
        return f"MAPD device {dev:#x}" + (
            f" ITT {itt:#x}, {(raw[1] & 31) + 1} EventID bits" if valid else " V=0"
        )
    if op == MAPC:
        return f"MAPC collection {icid}" + (f" {target(raw[2])}" if valid else " V=0")
    if op == MAPTI:
        return f"MAPTI device {dev:#x} event {ev}: LPI {high} collection {icid}"
    if op == MAPI:
        return f"MAPI device {dev:#x} event {ev}: collection {icid}"
    if op == MOVI:
        return f"MOVI device {dev:#x} event {ev}: collection {icid}"
    if op in (INT, CLEAR, INV, DISCARD):
        return f"{name} device {dev:#x} event {ev}"
    if op == INVALL:
        return f"INVALL collection {icid}"
    if op == MOVALL:
        return f"MOVALL {target(raw[2])} to {target(raw[3])}"
    if op == SYNC:
        return f"SYNC {target(raw[2])}"
    if op == VMAPP:
        more = ""
        if desc is None or desc.arch >= 2:
            more = f", Alloc={raw[0] >> 8 & 1} PTZ={raw[0] >> 9 & 1}"
            more += f" vconf {raw[0] & RDBASE:#x} doorbell {ev}"
        if not valid:
            return f"VMAPP vPE {vpeid} V=0{more}"
        vpt, bits = raw[3] & RDBASE, (raw[3] & 31) + 1
        return f"VMAPP vPE {vpeid} {target(raw[2])} VPT {vpt:#x}, {bits} INTID bits{more}"
    if op == VMAPTI:
        return f"VMAPTI device {dev:#x} event {ev}: vLPI {low} vPE {vpeid} doorbell {raw[2] >> 32}"
    if op == VMAPI:
        return f"VMAPI device {dev:#x} event {ev}: vPE {vpeid} doorbell {raw[2] >> 32}"
    if op == VMOVI:
        bell = f" doorbell {raw[2] >> 32}" if raw[2] & 1 else ""
        return f"VMOVI device {dev:#x} event {ev}: vPE {vpeid}{bell}"
    if op == VMOVP:
        how = f" sequence {dev & 0xFFFF} ITSs {raw[1] & 0xFFFF:#x}"
        bell = f" doorbell {raw[3] & MASK32}" if valid else ""
        return f"VMOVP vPE {vpeid} {target(raw[2])}{how}{bell}"
    if op == VSGI:
        return (
            f"VSGI vPE {vpeid} SGI {dev & 15} priority {(raw[0] >> 20 & 15) << 4:#04x}"
            f" group {raw[0] >> 10 & 1} enable {raw[0] >> 8 & 1} clear {raw[0] >> 9 & 1}"
        )
    if op in (VINVALL, VSYNC, INVDB):
        return f"{name} vPE {vpeid}"
    return f"{name} " + ",".join(f"{word:016x}" for word in raw)
