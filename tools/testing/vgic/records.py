# SPDX-License-Identifier: GPL-2.0
"""What is replayed on the software GICv4 machine, and where its memory lies.

The formats are those of drivers/irqchip/gicv4-model/replay.c, which says what
each record does. Addresses are offsets in an arena of the replaying kernel.
"""

import struct
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

RECORD = struct.Struct("=BBHI4Q")
RESULT = struct.Struct("=IBBBBQ")

(
    CMD,
    DEVICE,
    POKE,
    ZERO,
    ENTER,
    LEAVE,
    ACK,
    HPPIR,
    WRITE_RD,
    WRITE_ITS,
    READ_RD,
    READ_ITS,
    DUMP,
    MACHINE,
) = range(14)

RELOCATE = 1
WORD = 2  # a 32-bit register

IGNORED = 1
STALLED = 2
FAILED = 4

KB = 1024
ARENA = 4096 * KB
NOWHERE = 1 << 50  # an address that is no memory

# The arena. A slot of 64 KB for each table that has to be aligned to it.
SLOT = 64 * KB
QUEUE = 0 * SLOT  # one for each ITS
DEVICES = 4 * SLOT
COLLECTIONS = 8 * SLOT
VPES = 12 * SLOT
PROP = 16 * SLOT
PEND = 17 * SLOT  # one for each redistributor
VPROP = 25 * SLOT
NR_VPROPS = 2
VPT = 27 * SLOT
NR_VPTS = 16
RD_VPES = 43 * SLOT  # v4.1: one for each affinity group
BIG_ITT = 48 * SLOT  # for EventIDs that are LPIs
BIG_ITT_SIZE = 256 * KB
NR_BIG_ITTS = 2
ITT = 56 * SLOT
ITT_SIZE = 4 * KB
NR_ITTS = 32

# Registers
GICR_CTLR = 0x0000
GICR_SETLPIR = 0x0040
GICR_CLRLPIR = 0x0048
GICR_PROPBASER = 0x0070
GICR_PENDBASER = 0x0078
GICR_INVLPIR = 0x00A0
GICR_INVALLR = 0x00B0
GICR_VLPI = 0x20000
GICR_VPROPBASER = GICR_VLPI + 0x70
GICR_VPENDBASER = GICR_VLPI + 0x78
GICR_VSGIR = GICR_VLPI + 0x80
GITS_CTLR = 0x0000
GITS_CBASER = 0x0080
GITS_CWRITER = 0x0088
GITS_BASER = 0x0100
GITS_SGIR = 0x20020

VALID = 1 << 63
VPEND_IDAI = 1 << 62
VPEND_DB = 1 << 62  # v4.1
VPEND_PENDING_LAST = 1 << 61
VPEND_GRP0 = 1 << 59  # v4.1
VPEND_GRP1 = 1 << 58  # v4.1


class Record(NamedTuple):
    """One thing that is done to the machine."""

    op: int
    unit: int = 0
    flags: int = 0
    arg: int = 0
    raw: Tuple[int, int, int, int] = (0, 0, 0, 0)

    def pack(self) -> bytes:
        return RECORD.pack(self.op, self.unit, self.flags, self.arg, *self.raw)


class Result(NamedTuple):
    """What came of one record."""

    op: int
    error: int = 0
    flags: int = 0
    value: int = 0
    rules: Tuple[int, ...] = ()
    irqs: Tuple[int, ...] = ()
    text: str = ""


def command(its: int, *raw: int) -> Record:
    words = (raw + (0, 0, 0, 0))[:4]
    return Record(CMD, its, raw=(words[0], words[1], words[2], words[3]))


def other(op: int, unit: int = 0, *raw: int, flags: int = 0, arg: int = 0) -> Record:
    words = (raw + (0, 0, 0, 0))[:4]
    return Record(op, unit, flags, arg, (words[0], words[1], words[2], words[3]))


def machine(name: str, nr_cpus: int) -> Record:
    return Record(MACHINE, nr_cpus, raw=struct.unpack("=4Q", name.encode().ljust(32, b"\0")))


def machine_name(record: Record) -> str:
    return struct.pack("=4Q", *record.raw).rstrip(b"\0").decode(errors="replace")


def parse_records(data: bytes) -> List[Record]:
    whole = len(data) - len(data) % RECORD.size
    return [
        Record(op, unit, flags, arg, (w0, w1, w2, w3))
        for op, unit, flags, arg, w0, w1, w2, w3 in RECORD.iter_unpack(data[:whole])
    ]


def parse_results(data: bytes) -> Iterator[Tuple[int, Result]]:
    """Each result and where it begins."""
    pos = 0
    while pos + RESULT.size <= len(data):
        start = pos
        error, flags, nr_rules, nr_irqs, op, value = RESULT.unpack_from(data, pos)
        pos += RESULT.size
        rules = tuple(data[pos : pos + nr_rules])
        pos += nr_rules
        irqs = struct.unpack_from(f"={nr_irqs}I", data, pos)
        pos += 4 * nr_irqs
        text = ""
        if op == DUMP and not flags & FAILED:
            text = data[pos : pos + value].decode()
            pos += value
        yield start, Result(op, error, flags, value, rules, irqs, text)


class Desc(NamedTuple):
    """A machine of the catalogue, as struct gicv4_desc has it."""

    name: str
    usable: bool = True
    arch: int = 1  # 0: GICv3, 1: v4.0, 2: v4.1
    nr_cpus: int = 4
    nr_its: int = 1
    groups: int = 1
    devid_bits: int = 16
    eventid_bits: int = 16
    intid_bits: int = 16
    vpeid_bits: int = 16
    direct_lpi: int = 0
    vmovp: int = 1
    pta: int = 0
    indirect: int = 1
    dirty: int = 0
    svpet: int = 0
    no_db: int = 0
    stall: int = 0
    uncached: int = 0
    page_size: int = 0
    dte_size: int = 8
    cte_size: int = 8
    vpte_size: int = 8
    itte_size: int = 16
    seed: int = 0
    rdist_phys: int = 0
    rdist_stride: int = 0

    def target(self, cpu: int) -> int:
        """RDbase of a command, in place."""
        if self.pta:
            return self.rdist_phys + cpu * self.rdist_stride
        return cpu << 16

    @property
    def page(self) -> int:
        return self.page_size or 4 * KB

    def covered(self, entry: int, bits: int) -> int:
        """IDs in a flat table of one slot."""
        return min(1 << bits, SLOT // entry)

    def group(self, cpu: int) -> int:
        return cpu * self.groups // self.nr_cpus


class Catalogue(NamedTuple):
    machines: Dict[str, Desc]
    rules: Dict[str, int]

    def rule_name(self, number: int) -> str:
        for name, value in self.rules.items():
            if value == number:
                return name
        return f"rule {number}"


def parse_catalogue(text: str) -> Catalogue:
    """What gicv4_replay=catalogue writes."""
    machines: Dict[str, Desc] = {}
    rules: Dict[str, int] = {}
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["rule"]:
            rules[words[2]] = int(words[1])
        elif words[:1] == ["machine"]:
            fields = {key: int(value) for key, value in (w.split("=") for w in words[2:])}
            known = {key: value for key, value in fields.items() if key in Desc._fields}
            known["usable"] = bool(fields["usable"])
            machines[words[1]] = Desc(words[1], **known)
    return Catalogue(machines, rules)


def _baser(n: int, offset: int, page: int) -> Record:
    pages = SLOT // page - 1
    size = {4 * KB: 0, 16 * KB: 1, 64 * KB: 2}[page]
    value = VALID | size << 8 | offset | pages
    return other(WRITE_ITS, 0, value, flags=RELOCATE, arg=GITS_BASER + 8 * n)


def setup(desc: Desc) -> List[Record]:
    """Build a machine and start it: tables, queues, LPIs enabled everywhere.

    All LPIs are enabled at priority 0xa0; callers poke what shall differ.
    """
    records = [machine(desc.name, desc.nr_cpus)]
    for cpu in range(desc.nr_cpus):
        records += [
            Record(WRITE_RD, cpu, RELOCATE, GICR_PROPBASER, (PROP | desc.intid_bits - 1, 0, 0, 0)),
            Record(WRITE_RD, cpu, RELOCATE, GICR_PENDBASER, (PEND + cpu * SLOT, 0, 0, 0)),
            Record(WRITE_RD, cpu, WORD, GICR_CTLR, (1, 0, 0, 0)),
        ]
        if desc.arch >= 2:
            table = RD_VPES + desc.group(cpu) * SLOT if not desc.svpet else VPES
            page = {4 * KB: 0, 16 * KB: 1, 64 * KB: 2}[desc.page]
            value = VALID | page << 53 | table | SLOT // desc.page - 1
            records.append(Record(WRITE_RD, cpu, RELOCATE, GICR_VPROPBASER, (value, 0, 0, 0)))
    for its in range(desc.nr_its):
        vpes = VPES if desc.svpet else VPES + its * SLOT
        tables = [DEVICES + its * SLOT, COLLECTIONS + its * SLOT, vpes]
        for n, offset in enumerate(tables[: 3 if desc.arch else 2]):
            records.append(_baser(n, offset, desc.page)._replace(unit=its))
        queue = VALID | QUEUE + its * SLOT | SLOT // (4 * KB) - 1
        records += [
            Record(WRITE_ITS, its, RELOCATE, GITS_CBASER, (queue, 0, 0, 0)),
            Record(WRITE_ITS, its, 0, GITS_CWRITER, (0, 0, 0, 0)),
            Record(WRITE_ITS, its, WORD, GITS_CTLR, (1 | its << 4, 0, 0, 0)),
        ]
    return records


def describe(record: Record, desc: Optional[Desc] = None) -> str:
    """One line a reader can follow; addresses of the arena by their slot."""
    from tools.testing.vgic import itscmd

    raw = record.raw
    if record.op == CMD:
        return f"ITS {record.unit}: " + itscmd.text(raw, desc)
    if record.op == DEVICE:
        return f"device {raw[0]:#x} writes EventID {raw[1]} to ITS {record.unit}"
    if record.op == POKE:
        return f"memory: {place(raw[0])} = {raw[1]:#04x}"
    if record.op == ZERO:
        return f"memory: {raw[1]:#x} bytes at {place(raw[0])} = 0"
    if record.op == ENTER:
        return f"redistributor {record.unit}: VPROPBASER {raw[0]:#x}, VPENDBASER {raw[1]:#x}"
    if record.op == LEAVE:
        return f"redistributor {record.unit}: the vPE leaves, bits {raw[0]:#x}"
    if record.op in (ACK, HPPIR):
        verb = "acknowledges" if record.op == ACK else "looks"
        return f"redistributor {record.unit}: the guest {verb}"
    if record.op in (WRITE_RD, WRITE_ITS):
        what = "redistributor" if record.op == WRITE_RD else "ITS"
        return f"{what} {record.unit}: register {record.arg:#x} = {raw[0]:#x}"
    if record.op in (READ_RD, READ_ITS):
        what = "redistributor" if record.op == READ_RD else "ITS"
        return f"{what} {record.unit}: read register {record.arg:#x}"
    if record.op == MACHINE:
        return f"machine {machine_name(record)}, {record.unit} redistributors"
    return "dump"


def is_setup(record: Record) -> bool:
    """Does it belong to what setup() does?"""
    return record.op in (WRITE_RD, WRITE_ITS) and record.arg not in (
        GICR_SETLPIR,
        GICR_CLRLPIR,
        GICR_INVLPIR,
        GICR_INVALLR,
        GICR_VSGIR,
        GITS_SGIR,
    )


def place(offset: int) -> str:
    """An offset of the arena in words."""
    for start, end, size, name in (
        (PROP, PEND, SLOT, "property table"),
        (PEND, VPROP, SLOT, "pending table"),
        (VPROP, VPT, SLOT, "virtual property table"),
        (VPT, RD_VPES, SLOT, "VPT"),
        (BIG_ITT, ITT, BIG_ITT_SIZE, "large ITT"),
        (ITT, ITT + NR_ITTS * ITT_SIZE, ITT_SIZE, "ITT"),
    ):
        if start <= offset < end:
            number, rest = divmod(offset - start, size)
            return f"{name} {number}" + (f" + {rest:#x}" if rest else "")
    return f"{offset:#x}"
