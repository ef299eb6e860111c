# SPDX-License-Identifier: GPL-2.0
"""What the reference of the ITS commands keeps, and its error codes."""

from typing import Dict, List, Optional, Set, Tuple

from tools.testing.vgic import itscmd

LPI = 8192
NONE = 1023  # no doorbell, nothing to acknowledge
ENABLED = 1
CID_BITS = 12

# Kinds of command errors; those from 0x10 on are ours
DEVICE_OOR = 0x01
PROCNUM_OOR = 0x02
COLLECTION_OOR = 0x03
UNMAPPED_DEVICE = 0x04
ID_OOR = 0x05
PHYSICALID_OOR = 0x06
UNMAPPED_INTERRUPT = 0x07
UNMAPPED_COLLECTION = 0x09
OTHER = 0x10
VPE_OOR = 0x11
UNMAPPED_VPE = 0x12
VINTID_OOR = 0x13
DBELL_OOR = 0x14
VPT_OOR = 0x15
MOVALL_PROCNUM_OOR = 0x01
MAPD_ITTSIZE_OOR = 0x02


def error_code(opcode: int, kind: int) -> int:
    # The architecture prints CLEAR's encodings with 05
    opcode = 0x05 if opcode == itscmd.CLEAR else opcode
    return 0x010000 | opcode << 8 | kind


class Unpredictable(Exception):
    """The architecture does not say what happens then."""


class Event:
    """An entry of an ITT."""

    __slots__ = ("virt", "intid", "target", "doorbell")

    def __init__(self, virt: bool, intid: int, target: int, doorbell: int) -> None:
        self.virt = virt
        self.intid = intid
        self.target = target  # collection or vPE
        self.doorbell = doorbell


class Device:
    __slots__ = ("itt", "bits", "events")

    def __init__(self, itt: int, bits: int) -> None:
        self.itt = itt
        self.bits = bits
        self.events: Dict[int, Event] = {}


class Its:
    __slots__ = ("number", "devs", "cols", "users", "vsync_due")

    def __init__(self, number: int) -> None:
        self.number = number
        self.devs: Dict[int, Device] = {}
        self.cols: Dict[int, int] = {}  # collection: redistributor
        self.users: Dict[int, int] = {}  # collection: its events
        self.vsync_due: Set[int] = set()


class Rdist:
    __slots__ = ("number", "pend", "config", "vpe", "vpt", "vpeid", "vprop", "vpend")

    def __init__(self, number: int) -> None:
        self.number = number
        self.pend: Set[int] = set()
        self.config: Dict[int, int] = {}
        self.vpe: Optional[Vpe] = None  # resident, and mapped
        self.vpt = -1  # of the resident vPE, or -1
        self.vpeid = -1  # and its vPEID, in GICv4.1
        self.vprop = 0
        self.vpend = 0


class Sgis:
    """The vSGIs of a vPE, kept in its pending table."""

    __slots__ = ("config", "pend")

    def __init__(self) -> None:
        self.config: List[Tuple[int, int, int]] = [(0, 0, 0)] * 16  # priority, group, enable
        self.pend: Set[int] = set()

    def empty(self) -> bool:
        return not self.pend and self.config == [(0, 0, 0)] * 16


class Move:
    """A VMOVP that not all ITSs in its list have executed."""

    __slots__ = ("what", "seen")

    def __init__(self, what: Tuple[int, int, int]) -> None:
        self.what = what  # sequence number, ITSList, redistributor
        self.seen: Set[int] = set()


class Vpe:
    __slots__ = (
        "move",
        "vpeid",
        "cpu",
        "vpt",
        "bits",
        "pend",
        "config",
        "users",
        "resident",
        "vprop",
        "idai",
        "default_db",
        "sgi",
        "groups",
        "db_wanted",
    )

    def __init__(self, vpeid: int) -> None:
        self.vpeid = vpeid
        self.move: Optional[Move] = None
        self.cpu: Dict[int, int] = {}  # by ITS: redistributor
        self.vpt = 0
        self.bits = 0
        self.pend: Set[int] = set()
        self.config: Dict[int, Optional[int]] = {}  # None: to be read
        self.users: Dict[int, int] = {}  # vLPI: its events
        self.resident: Optional[Rdist] = None
        self.vprop = -1
        self.idai = False
        self.default_db = NONE
        self.sgi = Sgis()
        self.groups = 0  # of the last residency, as GICR_VPENDBASER has them
        self.db_wanted = False  # the default doorbell was asked for
