# SPDX-License-Identifier: GPL-2.0
import unittest
from typing import List

from tools.common.ui import UserError
from tools.testing.vgic import itscmd, itsdiff, qemu_diff


def marks(name: str) -> List[str]:
    """A case's name as the kernel writes it."""
    raw = name.encode() + bytes(4 - len(name) % 4)
    return [
        f"gicv3_its_write GICv3 ITS write: offset 0x4 data 0x{word:x} size 4"
        for word in (
            int.from_bytes(raw[i : i + 4], "little") for i in range(0, len(raw), 4)
        )
    ]


def event(raw: itscmd.Raw) -> str:
    words = ",".join(f"{word:016x}" for word in raw)
    return f"[    0.050000] gicv4_cmd: its=0 raw={words} error=000000 ignored=0 X"


QEMU = [
    "gicv3_its_cmd_sync GICv3 ITS: command SYNC",
    *marks("a_case"),
    "gicv3_its_write GICv3 ITS write: offset 0x88 data 0x20 size 8",
    "gicv3_its_cmd_mapd GICv3 ITS: command MAPD DeviceID 0xff Size 0x4 ITT_addr 0x408440 V 1",
    "gicv3_its_cmd_mapti GICv3 ITS: command MAPTI DeviceID 0xff EventID 0x0 ICID 0x1 pINTID 0x2000",
    "gicv3_its_cmd_sync GICv3 ITS: command SYNC",
    *marks(""),
    "gicv3_its_cmd_sync GICv3 ITS: command SYNC",
    *marks("two[2]"),
    "gicv3_its_cmd_vmapti GICv3 ITS: command VMAPI DeviceID 0x21 EventID 0x3 vPEID 0x7"
    " vINTID 0x2008 Dbell_pINTID 0x2010",
]
PROXY = [
    *marks("proxy"),
    "gicv3_its_cmd_clear GICv3 ITS: command CLEAR DeviceID 0xffff EventID 0x0",
    "gicv3_its_cmd_sync GICv3 ITS: command SYNC",
    "gicv3_its_cmd_vsync GICv3 ITS: command VSYNC",
]
MODEL = [
    event(itscmd.mapd(0x1FFF, 0x1000, 5)),
    event(itscmd.mapti(0x1FFF, 0, 0x3000, 1)),
    event(itscmd.sync(0x10000)),
    "[    0.06]     ok 1 a_case",
    "[    0.06]         ok 1 one",
    event(itscmd.vmapti(5, 3, 2, 0x2008, 0x2222)),
    "[    0.07]         ok 2 other",
    "[    0.07]     ok 2 two",
]
MODEL_PROXY = [
    event(itscmd.event(itscmd.CLEAR, 0x2000, 1)),
    "[    0.08]     ok 3 proxy",
]


class RecordTest(unittest.TestCase):
    def test_names_numbers_and_addresses_do_not_matter(self) -> None:
        qemu = itsdiff.of_qemu([*QEMU, *PROXY])
        model = itsdiff.of_model([*MODEL, *MODEL_PROXY])
        self.assertEqual(set(qemu), {"a_case", "two[2]", "proxy"})
        self.assertEqual(set(model), {"a_case", "two[1]", "two[2]", "proxy"})
        self.assertEqual(qemu["a_case"], model["a_case"])
        self.assertEqual(qemu["two[2]"], model["two[2]"])

    def test_only_commands_of_cases_count(self) -> None:
        self.assertEqual(len(itsdiff.of_qemu([*QEMU, *PROXY])["a_case"]), 3)

    def test_the_drivers_own_device_does_not_count(self) -> None:
        found = itsdiff.of_qemu([*QEMU, *PROXY])["proxy"]
        self.assertEqual(found, ["VSYNC"])

    def test_vintid_collection_and_size_matter(self) -> None:
        for other in (itscmd.mapd(1, 0, 6), itscmd.mapti(1, 0, 9, 0), itscmd.mapti(1, 1, 9, 1)):
            with self.subTest(other=other):
                same = [itscmd.mapd(1, 0, 5), itscmd.mapti(1, 0, 9, 1)]
                self.assertNotIn(itsdiff.normal([other])[0], itsdiff.normal(same))

    def test_a_skipped_parameter_is_known(self) -> None:
        log = [
            "        ok 1 first # SKIP needs more",
            "        ok 2 second",
            "    ok 1 two",
            "    ok 2 three # SKIP no",
        ]
        self.assertEqual(itsdiff.skipped(log), {"two[1]": "needs more", "three": "no"})


class CompareTest(unittest.TestCase):
    def compare(self, text: str, qemu: List[str]) -> List[str]:
        allowed = itsdiff.entries(text)
        model = {"a_case": ["MAPD", "INV", "SYNC"]}
        return qemu_diff.problems(itsdiff.compare(model, {"a_case": qemu}, allowed), allowed)

    def test_equal_is_no_problem(self) -> None:
        self.assertEqual(self.compare("", ["MAPD", "INV", "SYNC"]), [])

    def test_a_lost_command_is_one(self) -> None:
        self.assertEqual(len(self.compare("", ["MAPD", "SYNC"])), 1)

    def test_unless_it_is_allowed(self) -> None:
        self.assertEqual(self.compare("a_*: -INV  # because", ["MAPD", "SYNC"]), [])

    def test_what_is_allowed_has_to_occur(self) -> None:
        found = self.compare("a_*: -INV  # because", ["MAPD", "INV", "SYNC"])
        self.assertRegex(found[0], "does not occur any more")

    def test_parameters_are_matched_by_name(self) -> None:
        entry = itsdiff.entries("two[*: +INT*  # x")[0]
        self.assertTrue(entry.matches("two[1]", "+INT device0 event 3"))
        self.assertFalse(entry.matches("twofold", "+INT"))

    def test_nothing_compared_is_a_problem(self) -> None:
        found = qemu_diff.problems(itsdiff.compare({}, {"a": []}, []), [])
        self.assertEqual(found, ["no case ran on both"])

    def test_a_line_without_reason_is_refused(self) -> None:
        with self.assertRaisesRegex(UserError, "not `case"):
            itsdiff.entries("a_case: -INV")

    def test_our_own_file_is_well_formed(self) -> None:
        itsdiff.entries(itsdiff.ALLOWED.read_text())


if __name__ == "__main__":
    unittest.main()
