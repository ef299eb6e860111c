# SPDX-License-Identifier: GPL-2.0
import unittest

from tools.testing.vgic import selftest_log
from tools.testing.vgic.selftest_log import Case

CONSOLE = """\
init: run /bin/vgic_vlpi_direct
TAP version 13
1..3
#  RUN           direct.two_run.moved ...
# its: device 0x100 event 0x1 vINTID 0x2001 INT 2
# its: device 0x100 event 0 vINTID 0x2000 INT 1
#            OK  direct.two_run.moved
ok 1 direct.two_run.moved
not ok 2 direct.two_run.lost
ok 3 direct.two_run.other # SKIP the host has no GICv4
# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:1 error:0

init: exit /bin/vgic_vlpi_direct 1
init: run /bin/vgic_irq

init: exit /bin/vgic_irq 0
init: run /bin/vgic_init

init: killed /bin/vgic_init 6
init: kernel log
init: done
""".splitlines()

TRACE = """\
gicv3_its_cmd_vmapti GICv3 ITS: command VMAPI DeviceID 0x100 EventID 0x1 vPEID 0x0 vINTID 0x2001 Dbell_pINTID 0x2000
gicv3_its_cmd_vmapti GICv3 ITS: command VMAPI DeviceID 0x100 EventID 0x0 vPEID 0x0 vINTID 0x2000 Dbell_pINTID 0x2000
gicv3_its_cmd_int GICv3 ITS: command INT DeviceID 0x100 EventID 0x1
gicv3_its_cmd_int GICv3 ITS: command INT DeviceID 0x100 EventID 0x0
gicv3_its_cmd_int GICv3 ITS: command INT DeviceID 0x100 EventID 0x1
""".splitlines()

MOVED = "gicv3_its_cmd_vmovp GICv3 ITS: command VMOVP vPEID 0x0 RDbase 0x1 DB 1 Dbell_pINTID 0x3ff"


class TestCases(unittest.TestCase):
    def test_each_program_and_each_of_its_cases(self) -> None:
        cases, done = selftest_log.cases(CONSOLE)
        self.assertTrue(done)
        self.assertEqual(
            cases,
            [
                Case("vgic_vlpi_direct.direct.two_run.moved", "passed", ""),
                Case("vgic_vlpi_direct.direct.two_run.lost", "failed", ""),
                Case(
                    "vgic_vlpi_direct.direct.two_run.other",
                    "skipped",
                    "SKIP the host has no GICv4",
                ),
                Case("vgic_irq", "passed", ""),
                Case("vgic_init", "failed", "killed 6"),
            ],
        )

    def test_a_program_that_does_not_end_has_failed(self) -> None:
        cases, done = selftest_log.cases(CONSOLE[:8])
        self.assertFalse(done)
        self.assertEqual(cases[-1], Case("vgic_vlpi_direct", "failed", "did not end"))

    def test_a_bad_exit_after_good_cases_is_a_failure(self) -> None:
        lines = [*CONSOLE[:8], "init: exit /bin/vgic_vlpi_direct 254"]
        cases, _ = selftest_log.cases(lines)
        self.assertEqual([case.state for case in cases], ["passed", "failed"])

    def test_exit_code_4_is_a_skip(self) -> None:
        cases, _ = selftest_log.cases(["init: run /bin/a", "init: exit /bin/a 4"])
        self.assertEqual(cases, [Case("a", "skipped", "exit 4")])


class TestCommands(unittest.TestCase):
    def test_all_there(self) -> None:
        self.assertEqual(selftest_log.commands_missing(CONSOLE, TRACE), [])

    def test_a_mapping_that_is_missing_is_named(self) -> None:
        found = selftest_log.commands_missing(CONSOLE, TRACE[1:])
        self.assertEqual(
            found, ["no VMAPTI: its: device 0x100 event 0x1 vINTID 0x2001 INT 2"]
        )

    def test_an_int_that_is_missing_is_counted(self) -> None:
        found = selftest_log.commands_missing(CONSOLE, TRACE[:4])
        self.assertEqual(found, ["device 0x100 event 0x1: 2 times triggered, 1 INT"])

    def test_a_vpe_that_moved_unsaid(self) -> None:
        console = [*CONSOLE, "# arm64/a.c:9:moves:its: VMOVP 2"]
        found = selftest_log.commands_missing(console, [*TRACE, MOVED])
        self.assertEqual(found, ["2 vPEs moved at least, 1 VMOVP"])
        self.assertEqual(selftest_log.commands_missing(console, [*TRACE, MOVED, MOVED]), [])

    def test_nothing_forwarded_proves_nothing(self) -> None:
        self.assertTrue(selftest_log.commands_missing(["init: done"], TRACE))


if __name__ == "__main__":
    unittest.main()
