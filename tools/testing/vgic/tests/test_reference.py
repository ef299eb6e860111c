# SPDX-License-Identifier: GPL-2.0
"""The reference of the ITS commands, the parsers around it, the shrinker."""

import os
import unittest
from pathlib import Path
from typing import Dict, List, Sequence
from unittest import mock

from tools.common.ui import UserError
from tools.testing.vgic import dumps, fuzz, itscmd, records, replay, shrink
from tools.testing.vgic.generate import Generator
from tools.testing.vgic.records import Desc, Record, other
from tools.testing.vgic.gicstate import LPI, NONE, Unpredictable
from tools.testing.vgic.reference import Machine, expected

RULES: Dict[str, int] = {
    name: number
    for number, name in enumerate(
        "DEVID_RANGE EVENTID_RANGE ICID_RANGE VPEID_RANGE RDBASE_RANGE PINTID_RANGE VINTID_RANGE "
        "DOORBELL_RANGE DEV_UNMAPPED EVENT_UNMAPPED COL_UNMAPPED VPE_UNMAPPED VSYNC_UNMAPPED "
        "EVENT_MAPPED EVENT_TYPE MAPD_SIZE MAPD_LIVE ITT_ALIGN ITT_MEMORY ITT_OVERLAP ITT_NOT_ZERO "
        "MAPC_LIVE VMAPP_MAPPED VMAPP_RESIDENT VPT_SIZE VPT_MEMORY VPT_SHARED VSYNC_MISSING "
        "VPEND_IDAI VPEND_LAST "
        "CMD_UNKNOWN VMAPP_DIFFERS VMAPP_TARGET VMAPP_ALLOC VCONF_MEMORY VPT_PTZ "
        "VMOVP_LIST VMOVP_SEQ VMOVP_INCOMPLETE DOORBELL_NID SGIR_VPE INV_VPE VSGIR_VPE".split()
    )
}
DOORBELL = LPI + 64
RESIDENT = records.VALID | records.VPEND_PENDING_LAST
QEMU_TRACE = Path(__file__).parent / "data/qemu-its-v4.trace"


class Base(unittest.TestCase):
    def setUp(self) -> None:
        self.machine = Machine(Desc("v4.0"), RULES)
        for offset in (0, 1, 2, 64):
            self.machine.poke(records.PROP + offset, 0xA1)
            self.machine.poke(records.VPROP + offset, 0xA1)
        for cpu in range(2):
            self.ok(itscmd.mapc(cpu, cpu << 16))
            self.ok(itscmd.vmapp(cpu, cpu << 16, records.VPT + cpu * records.SLOT, 16))
            self.ok(itscmd.vpe(itscmd.VSYNC, cpu))
        self.ok(itscmd.mapd(0, records.ITT, 5))
        self.ok(itscmd.mapti(0, 0, LPI, 0))
        self.ok(itscmd.vmapti(0, 1, 0, LPI + 1, DOORBELL))
        self.ok(itscmd.vpe(itscmd.VSYNC, 0))

    def send(self, raw: Sequence[int]) -> int:
        return self.machine.execute(0, raw)[0]

    def ok(self, raw: Sequence[int]) -> None:
        self.assertEqual(self.send(raw), 0, itscmd.text(raw))
        self.assertEqual(self.machine.broken, [])

    def write(self, event: int) -> List[int]:
        """A device write. Return: the host's interrupts."""
        self.machine.device_write(0, 0, event)
        return self.machine.deliver()

    def mask(self) -> None:
        self.machine.poke(records.PROP, 0xA0)
        self.ok(itscmd.event(itscmd.INV, 0, 0))

    def enter(self, cpu: int, vpe: int) -> None:
        vpt = records.VPT + vpe * records.SLOT
        self.machine.enter(cpu, records.VPROP | 15, vpt | RESIDENT | records.VPEND_IDAI)


class Commands(Base):
    def test_mapti_delivers_to_its_collection(self) -> None:
        self.assertEqual(self.write(0), [LPI])

    def test_movi_takes_pending_state_along(self) -> None:
        self.mask()
        self.assertEqual(self.write(0), [])
        self.ok(itscmd.movi(0, 0, 1))
        self.assertEqual(self.machine.rdist[0].pend, set())
        self.assertEqual(self.machine.rdist[1].pend, {LPI})

    def test_movall_moves_all(self) -> None:
        self.mask()
        self.write(0)
        self.ok(itscmd.movall(0, 1 << 16))
        self.assertEqual(self.machine.rdist[1].pend, {LPI})

    def test_discard_ends_pending_state(self) -> None:
        self.mask()
        self.write(0)
        self.ok(itscmd.event(itscmd.DISCARD, 0, 0))
        self.assertEqual(self.machine.rdist[0].pend, set())
        self.assertEqual(self.write(0), [])

    def test_int_and_clear(self) -> None:
        self.mask()
        self.ok(itscmd.event(itscmd.INT, 0, 0))
        self.assertEqual(self.machine.rdist[0].pend, {LPI})
        self.ok(itscmd.event(itscmd.CLEAR, 0, 0))
        self.assertEqual(self.machine.rdist[0].pend, set())

    def test_configuration_holds_until_inv(self) -> None:
        self.machine.poke(records.PROP, 0xA0)
        self.assertEqual(self.write(0), [LPI])
        for raw in (itscmd.event(itscmd.INV, 0, 0), itscmd.invall(0)):
            self.ok(raw)
            self.assertEqual(self.write(0), [])

    def test_mapping_reads_configuration_and_delivers(self) -> None:
        self.mask()
        self.write(0)
        self.machine.poke(records.PROP, 0xA1)
        self.ok(itscmd.mapti(0, 2, LPI, 0))
        self.assertEqual(self.machine.deliver(), [LPI])

    def test_mapd_of_a_live_device_ends_its_events(self) -> None:
        self.assertEqual(self.send(itscmd.mapd(0, 0, 1, False)), 0)
        self.assertEqual(self.machine.broken, ["MAPD_LIVE"])
        self.assertEqual(self.write(0), [])
        with self.assertRaises(Unpredictable):
            self.send(itscmd.mapd(1, records.ITT, 5))

    def test_absent_vpe_rings(self) -> None:
        self.assertEqual(self.write(1), [DOORBELL])
        self.assertEqual(self.machine.vpes[0].pend, {LPI + 1})

    def test_resident_guest_acknowledges(self) -> None:
        self.enter(0, 0)
        self.assertEqual(self.write(1), [])
        self.assertEqual(self.machine.ack(0), LPI + 1)
        self.assertEqual(self.machine.ack(0), NONE)
        self.assertEqual(self.machine.leave(0), records.VPEND_IDAI)

    def test_vmovi_takes_pending_state_along_and_rings(self) -> None:
        self.write(1)
        self.ok(itscmd.vmovi(0, 1, 1, DOORBELL, True))
        self.assertEqual(self.machine.vpes[1].pend, {LPI + 1})
        self.assertEqual(self.machine.vpes[0].pend, set())
        self.assertEqual(self.machine.deliver(), [1 << 24 | DOORBELL])

    def test_vmovp_moves_doorbells(self) -> None:
        self.ok(itscmd.vmovp(0, 1 << 16))
        self.assertEqual(self.write(1), [1 << 24 | DOORBELL])

    def test_vmapp_keeps_the_table_in_memory(self) -> None:
        self.write(1)
        self.ok(itscmd.vmapp(0, 0, 0, 1, False))
        self.ok(itscmd.vmapp(2, 0, records.VPT, 16))
        self.assertEqual(self.machine.vpes[2].pend, {LPI + 1})

    def test_vinvall_reads_again(self) -> None:
        self.enter(0, 0)
        self.machine.poke(records.VPROP + 1, 0xA0)
        self.write(1)
        self.assertEqual(self.machine.hppir(0), LPI + 1)
        self.ok(itscmd.vpe(itscmd.VINVALL, 0))
        self.assertEqual(self.machine.hppir(0), NONE)

    def test_residency_wants_pending_last(self) -> None:
        self.machine.enter(0, records.VPROP | 15, records.VPT | records.VALID)
        self.assertEqual(self.machine.broken, ["VPEND_LAST"])

    def test_residency_wants_vsync(self) -> None:
        self.ok(itscmd.vmovp(0, 0))
        self.enter(0, 0)
        self.assertEqual(self.machine.broken, ["VSYNC_MISSING"])


class Errors(Base):
    def test_codes(self) -> None:
        for raw, code in (
            (itscmd.mapd(8192, records.ITT + 4096, 5), 0x010801),
            (itscmd.mapd(1, records.ITT + 4096, 17), 0x010802),
            (itscmd.mapd(1, records.ITT + 4096 + 128, 5), 0x010810),
            (itscmd.mapc(0, 99 << 16), 0x010902),
            (itscmd.mapc(4096, 0), 0x010903),
            (itscmd.mapti(1, 0, LPI, 0), 0x010A04),
            (itscmd.mapti(0, 32, LPI, 0), 0x010A05),
            (itscmd.mapti(0, 2, LPI - 1, 0), 0x010A06),
            (itscmd.mapti(0, 2, LPI, 7), 0x010A09),
            (itscmd.mapti(0, 0, LPI, 0), 0x010A10),
            (itscmd.event(itscmd.INT, 0, 5), 0x010307),
            (itscmd.event(itscmd.CLEAR, 0, 5), 0x010507),
            (itscmd.movall(99 << 16, 0), 0x010E01),
            (itscmd.sync(99 << 16), 0x010502),
            (itscmd.vmapp(8192, 0, records.VPT + 4 * records.SLOT, 16), 0x012911),
            (itscmd.vmapp(4, 0, records.VPT + 4 * records.SLOT, 13), 0x012915),
            (itscmd.vmapti(0, 2, 5, LPI, NONE), 0x012A12),
            (itscmd.vmapti(0, 2, 0, 1 << 16, NONE), 0x012A13),
            (itscmd.vmapti(0, 2, 0, LPI, 1022), 0x012A14),
            (itscmd.movi(0, 1, 0), 0x010110),
            (itscmd.vpe(itscmd.VSYNC, 5), 0x012512),
            ((0x7F, 0, 0, 0), 0x017F10),
        ):
            with self.subTest(itscmd.text(raw)):
                self.assertEqual(f"{self.send(raw):06x}", f"{code:06x}")

    def test_a_command_in_error_changes_nothing(self) -> None:
        before = dumps.of_machine(self.machine)
        self.send(itscmd.mapti(0, 0, LPI + 9, 1))
        self.send(itscmd.movi(0, 1, 1))
        self.assertEqual(dumps.of_machine(self.machine), before)

    def test_gicv3_has_no_vpes(self) -> None:
        machine = Machine(Desc("v3.0", arch=0), RULES)
        self.assertNotEqual(machine.execute(0, itscmd.vmapp(0, 0, records.VPT, 16))[0], 0)

    def test_stall(self) -> None:
        machine = Machine(Desc("small", stall=1), RULES)
        self.assertEqual(machine.execute(0, itscmd.invall(0))[1], records.IGNORED | records.STALLED)


class SeveralIts(unittest.TestCase):
    def setUp(self) -> None:
        self.machine = Machine(Desc("v4.0-2its", nr_its=2, vmovp=0), RULES)
        for its in range(2):
            self.vmapp(its, 0)
            self.machine.execute(its, itscmd.vpe(itscmd.VSYNC, 0))

    def vmapp(self, its: int, cpu: int, bits: int = 16) -> None:
        self.machine.execute(its, itscmd.vmapp(0, cpu << 16, records.VPT, bits))

    def vmovp(self, its: int, cpu: int, sequence: int = 1, its_list: int = 3) -> List[str]:
        self.machine.execute(its, itscmd.vmovp(0, cpu << 16, sequence, its_list))
        return self.machine.broken

    def test_its_agree(self) -> None:
        self.machine.execute(1, itscmd.vmapp(0, 0, 0, 1, False))
        self.vmapp(1, 0, 15)
        self.assertEqual(self.machine.broken, ["VMAPP_DIFFERS"])
        self.vmapp(1, 1)
        self.assertEqual(self.machine.broken, ["VMAPP_TARGET"])
        self.assertEqual(self.machine.vpes[0].cpu, {0: 0, 1: 1})

    def test_each_its_moves_its_own_target(self) -> None:
        self.assertEqual(self.vmovp(1, 2), [])
        self.assertEqual(self.machine.vpes[0].cpu, {0: 0, 1: 2})
        self.assertEqual(self.vmovp(0, 2), [])
        self.assertIsNone(self.machine.vpes[0].move)

    def test_list_is_the_its_that_have_the_vpe(self) -> None:
        for wrong in (0, 1, 2, 7):
            self.assertEqual(self.vmovp(0, 1, 1, wrong), ["VMOVP_LIST"])

    def test_one_vmovp_at_a_time(self) -> None:
        self.assertEqual(self.vmovp(0, 1), [])
        self.assertEqual(self.vmovp(0, 1), ["VMOVP_SEQ"])
        self.assertEqual(self.vmovp(1, 1, 2), ["VMOVP_SEQ"])
        self.assertEqual(self.vmovp(1, 2), ["VMOVP_SEQ"])

    def test_residency_wants_all_its(self) -> None:
        self.vmovp(0, 0)
        self.machine.execute(0, itscmd.vpe(itscmd.VSYNC, 0))
        self.machine.broken = []
        self.machine.enter(0, records.VPROP | 15, records.VPT | RESIDENT)
        self.assertEqual(self.machine.broken, ["VMOVP_INCOMPLETE"])

    def test_the_last_its_unmaps(self) -> None:
        self.machine.enter(0, records.VPROP | 15, records.VPT | RESIDENT)
        for its, rules in ((0, []), (1, ["VMAPP_RESIDENT"])):
            self.machine.execute(its, itscmd.vmapp(0, 0, 0, 1, False))
            self.assertEqual(self.machine.broken, rules)


class V41(unittest.TestCase):
    """Default doorbells, vSGIs, and what VMAPP has more of."""

    def setUp(self) -> None:
        self.machine = Machine(Desc("v4.1", arch=2, no_db=1), RULES)
        for offset in (0, DOORBELL - LPI):
            self.machine.poke(records.PROP + offset, 0xA1)
        self.machine.poke(records.VPROP, 0xA1)
        self.vmapp(alloc=True)
        self.vmapti()

    def send(self, raw: Sequence[int]) -> List[str]:
        self.machine.execute(0, raw)
        return self.machine.broken

    def vmapp(self, valid: bool = True, alloc: bool = True, ptz: bool = False) -> List[str]:
        return self.send(
            itscmd.vmapp(
                0,
                0,
                records.VPT,
                16,
                valid,
                alloc=alloc,
                ptz=ptz,
                vconf=records.VPROP,
                doorbell=DOORBELL,
            )
        )

    def vmapti(self) -> None:
        self.send(itscmd.mapd(0, records.ITT, 5))
        self.send(itscmd.vmapti(0, 0, 0, LPI, NONE))

    def vsgi(self, sgi: int, priority: int, clear: bool = False) -> None:
        self.assertEqual(self.send(itscmd.vsgi(0, sgi, priority, True, clear, not clear)), [])

    def enter(self, groups: int = records.VPEND_GRP1) -> None:
        self.machine.enter(0, 0, records.VALID | groups)

    def sgir(self, sgi: int) -> None:
        self.machine.write_its(0, records.GITS_SGIR, sgi)

    def write(self) -> List[int]:
        self.machine.device_write(0, 0, 0)
        return self.machine.deliver()

    def test_default_doorbell_rings_once_if_asked_for(self) -> None:
        self.assertEqual(self.write(), [])
        self.enter()
        self.machine.ack(0)
        self.machine.leave(0, records.VPEND_DB)
        self.assertEqual(self.write(), [DOORBELL])
        self.assertEqual(self.write(), [])

    def test_no_doorbell_for_who_comes_back(self) -> None:
        self.enter()
        last = self.machine.leave(0, records.VPEND_DB | records.VPEND_PENDING_LAST)
        self.assertTrue(last & records.VPEND_PENDING_LAST)
        self.assertEqual(self.write(), [])

    def test_inv_rings_for_what_it_enables(self) -> None:
        self.machine.poke(records.VPROP, 0xA0)
        self.send(itscmd.event(itscmd.INV, 0, 0))
        self.enter()
        self.machine.leave(0, records.VPEND_DB)
        self.assertEqual(self.write(), [])
        self.machine.poke(records.VPROP, 0xA1)
        self.send(itscmd.event(itscmd.INV, 0, 0))
        self.assertEqual(self.machine.deliver(), [DOORBELL])

    def test_a_group_that_is_off_rings_nothing(self) -> None:
        self.enter(records.VPEND_GRP0)
        self.machine.leave(0, records.VPEND_DB)
        self.assertEqual(self.write(), [])

    def test_vmovp_takes_a_pending_doorbell_along(self) -> None:
        self.machine.pend(0, DOORBELL)
        self.send(itscmd.vmovp(0, 1 << 16, db=True, doorbell=DOORBELL))
        self.assertEqual(self.machine.rdist[1].pend, {DOORBELL})
        self.send(itscmd.vmovp(0, 0, doorbell=DOORBELL))
        self.assertEqual(self.machine.rdist[1].pend, {DOORBELL})

    def test_vsgis_by_priority(self) -> None:
        self.vsgi(3, 0x80)
        self.vsgi(5, 0x40)
        self.enter()
        self.write()
        self.sgir(3)
        self.sgir(5)
        self.assertEqual([self.machine.ack(0) for _ in range(4)], [5, 3, LPI, NONE])

    def test_clear_only_clears(self) -> None:
        self.vsgi(3, 0x80)
        self.sgir(3)
        self.vsgi(3, 0, clear=True)
        self.enter()
        self.assertEqual(self.machine.ack(0), NONE)
        self.sgir(3)
        self.assertEqual(self.machine.ack(0), 3)

    def test_vsgis_stay_in_the_pending_table(self) -> None:
        self.vsgi(3, 0x80)
        self.sgir(3)
        self.assertEqual(self.vmapp(valid=False), [])
        self.assertEqual(self.vmapp(ptz=True), ["VPT_PTZ"])
        self.assertEqual(self.vmapp(), [])
        self.assertEqual(self.machine.vpes[0].sgi.pend, {3})

    def test_alloc_is_for_the_first_and_the_last(self) -> None:
        self.assertEqual(self.vmapp(valid=False, alloc=False), ["VMAPP_ALLOC"])
        self.assertEqual(self.vmapp(valid=False), ["VPE_UNMAPPED"])
        self.assertEqual(self.vmapp(alloc=False), ["VMAPP_ALLOC"])

    def test_no_doorbells_of_single_vlpis(self) -> None:
        self.assertEqual(self.send(itscmd.vmapti(0, 1, 0, LPI, DOORBELL)), ["DOORBELL_NID"])

    def test_registers_name_vpes_that_are_mapped(self) -> None:
        self.sgir(1 << 32)
        self.machine.write_rd(0, records.GICR_INVALLR, records.VALID | 1 << 32)
        self.assertEqual(self.machine.broken[-2:], ["SGIR_VPE", "INV_VPE"])


class Formats(unittest.TestCase):
    def test_records_come_back(self) -> None:
        given = records.setup(Desc("v4.0")) + [other(records.POKE, 3, 1, 2), Record(records.DUMP)]
        data = b"".join(record.pack() for record in given)
        self.assertEqual(records.parse_records(data), given)
        self.assertEqual(records.machine_name(given[0]), "v4.0")

    def test_results_come_back(self) -> None:
        result = records.Result(records.CMD, 0x010A04, 1, 7, (3, 4), (5, 6))
        self.assertEqual(next(records.parse_results(expected(result)))[1], result)

    def test_catalogue(self) -> None:
        found = records.parse_catalogue(
            "rule 0 A\nmachine x usable=1 arch=1 nr_cpus=4 nr_its=1 new=3 stall=1\n"
        )
        self.assertEqual(found.rules, {"A": 0})
        self.assertTrue(found.machines["x"].usable and found.machines["x"].stall)

    def test_dump(self) -> None:
        facts = dumps.parse(
            "arena 0x10000000\nITS 0: CTLR 0x1 CBASER 0x0\n collection 1: redistributor 2\n"
            " device 0x3: ITT 0x10380000, 5 EventID bits\n"
            "  event 0: LPI 8192 collection 1 config 0xa1\n"
            "  event 1: vLPI 8193 vPE 2 doorbell 1023\n"
            " vPE 2: redistributor 0 VPT 0x101b0000, 16 INTID bits\n"
            "redistributor 0: CTLR 0x1 PROPBASER 0x0\n resident: VPT 0x101b0000 VPROPBASER 0x0\n"
            "  pending 8200\nvPE 2\n  pending 8193\nwhat is this\n"
        )
        self.assertEqual(
            facts,
            {
                ("collection", 0, 1): 2,
                ("device", 0, 3): (0x380000, 5),
                ("event", 0, 3, 0): (False, 8192, 1, NONE),
                ("config", 0, 3, 0): 0xA1,
                ("event", 0, 3, 1): (True, 8193, 2, NONE),
                ("vPE", 0, 2): (0, 0x1B0000, 16),
                ("resident", "redistributor", 0): 0x1B0000,
                ("pending", "redistributor", 0, 8200): True,
                ("pending", "vPE", 2, 8193): True,
                ("?", "what is this"): True,
            },
        )

    def test_numbers(self) -> None:
        for bad in ("0", "x", "-1", "9999999999"):
            with mock.patch.dict(os.environ, {"SECONDS": bad}):
                with self.assertRaisesRegex(UserError, "SECONDS=" + bad):
                    fuzz.number("SECONDS", 60, 1, 604800)


class Traces(unittest.TestCase):
    def commands(self, *lines: str) -> List[replay.Command]:
        return list(replay.parse(lines))

    def test_trace_event(self) -> None:
        (one,) = self.commands(
            "  x-1 [000] d.... 1.0: gicv4_cmd: its=1 raw=0000000500000008,0000000000000004,"
            "8000000010000000,0000000000000000 error=010801 ignored=1 MAPD",
        )
        self.assertEqual(one.raw, itscmd.mapd(5, 0x10000000, 5))
        self.assertEqual((one.its, one.error, one.ignored), (1, 0x010801, True))

    def test_qemu(self) -> None:
        head = "gicv3_its_cmd_x GICv3 ITS: command "
        found = self.commands(
            head + "MAPD DeviceID 0x5 Size 0x4 ITT_addr 0x100000 V 1",
            head + "VMAPI DeviceID 0x5 EventID 0x1 vPEID 0x2 vINTID 0x2003 Dbell_pINTID 0x3ff",
            head + "VMOVI DeviceID 0x5 EventID 0x1 vPEID 0x3 D 1 Dbell_pINTID 0x2040",
            "something else",
        )
        self.assertEqual(
            [one.raw for one in found],
            [
                itscmd.mapd(5, 0x10000000, 5),
                itscmd.vmapti(5, 1, 2, 0x2003, 1023),
                itscmd.vmovi(5, 1, 3, 0x2040, True),
            ],
        )

    def test_a_trace_of_qemu_has_no_error(self) -> None:
        lines = QEMU_TRACE.read_text().splitlines()
        machine = Machine(replay.MACHINES["qemu"], RULES, tables=False)
        commands = self.commands(*lines)
        self.assertGreater(len(commands), 200)
        self.assertIsNone(replay.check(commands, machine))

    def test_the_first_error_is_found(self) -> None:
        def line(raw: Sequence[int], error: int = 0) -> str:
            words = ",".join(f"{word:016x}" for word in raw)
            return f"gicv4_cmd: its=0 raw={words} error={error:06x} ignored={int(bool(error))}"

        lines = [
            line(itscmd.mapd(5, 0x10000000, 5)),
            line(itscmd.mapti(5, 0, LPI, 0)),
            line(itscmd.mapd(5, 0, 1, False)),
        ]
        machine = Machine(replay.MACHINES["v4.0"], RULES, tables=False)
        finding = replay.check(self.commands(*lines), machine)
        assert finding is not None
        self.assertEqual(finding.index, 1)
        self.assertIn("COL_UNMAPPED", finding.reasons[0])


class Shrinking(unittest.TestCase):
    def judge(self, candidates: Sequence[Sequence[int]]) -> List[bool]:
        return [{13, 77}.issubset(items) for items in candidates]

    def test_ddmin_finds_the_two_that_matter(self) -> None:
        self.assertEqual(shrink.ddmin(list(range(200)), self.judge), [13, 77])

    def test_shortest_prefix(self) -> None:
        self.assertEqual(shrink.shortest_prefix(list(range(1000)), self.judge), list(range(78)))

    def test_a_planted_bug_is_shrunk(self) -> None:
        """DISCARD leaves pending state behind, found by random commands."""

        class Broken(Machine):
            def discard(self, its, r0, r1, r2, r3):  # type: ignore[no-untyped-def]
                kept = [set(rd.pend) for rd in self.rdist]
                kind = super().discard(its, r0, r1, r2, r3)
                for rd, pend in zip(self.rdist, kept):
                    rd.pend |= pend
                return kind

        desc = Desc("v3.0", arch=0)

        def differs(sequence: Sequence[Record]) -> bool:
            good, bad = Machine(desc, RULES), Broken(desc, RULES)
            for record in sequence:
                try:
                    if good.step(record) != bad.step(record):
                        return True
                except Unpredictable:
                    continue
            return dumps.of_machine(good) != dumps.of_machine(bad)

        machine = Machine(desc, RULES)
        generator = Generator(machine, 1)
        sequence = []
        for _ in range(3000):
            record = generator.next()
            try:
                machine.step(record)
            except Unpredictable:
                continue
            sequence.append(record)
        self.assertTrue(differs(sequence))
        least = shrink.ddmin(sequence, lambda cs: [differs(c) for c in cs], 20)
        # MAPD, MAPC, MAPTI, what makes it pending, DISCARD
        self.assertLessEqual(len(least), 6)
        self.assertEqual(least[-1].raw[0] & 0xFF, itscmd.DISCARD)


class Generating(unittest.TestCase):
    def test_one_seed_is_one_sequence(self) -> None:
        def some(seed: int) -> List[Record]:
            machine = Machine(Desc("v4.0"), RULES)
            generator = Generator(machine, seed)
            out = []
            for _ in range(500):
                record = generator.next()
                try:
                    machine.step(record)
                except Unpredictable:
                    continue
                out.append(record)
            return out

        self.assertEqual(some(7), some(7))
        self.assertNotEqual(some(7), some(8))

    def test_commands_are_good_and_bad(self) -> None:
        machine = Machine(Desc("v4.0"), RULES)
        generator = Generator(machine, 1)
        good = bad = 0
        for _ in range(3000):
            record = generator.next()
            try:
                result = machine.step(record)
            except Unpredictable:
                continue
            good += record.op == records.CMD and not result.error
            bad += record.op == records.CMD and bool(result.error)
        self.assertGreater(good, 2 * bad)
        self.assertGreater(bad, 100)


if __name__ == "__main__":
    unittest.main()
