# SPDX-License-Identifier: GPL-2.0
import os
import tempfile
import unittest
from pathlib import Path
from typing import List
from unittest import mock

from tools.common.ui import UserError
from tools.testing.vgic import qemu_selftest
from tools.testing.vgic.qemu_selftest import Boot
from tools.testing.vgic.tests.test_selftest_log import CONSOLE, TRACE

GICV4 = Boot("gicv4", 4, ("vgic_vlpi_direct",), "the host has GICv4$")
GOOD = [
    *CONSOLE[:8],
    "init: exit /bin/vgic_vlpi_direct 0",
    "init: kernel log",
    "init: done",
]


class TestJudge(unittest.TestCase):
    def reasons(self, console: List[str], boot: Boot = GICV4, ended: str = "") -> List[str]:
        with tempfile.TemporaryDirectory() as directory:
            log, trace = Path(directory) / "log", Path(directory) / "trace"
            log.write_text("".join(line + "\n" for line in console))
            trace.write_text("".join(line + "\n" for line in TRACE))
            verdict = qemu_selftest.judge(boot, log, trace, ended, 1.0)
        self.assertEqual(verdict.passed, not verdict.reasons)
        return verdict.reasons

    def test_all_good(self) -> None:
        self.assertEqual(self.reasons(GOOD), [])

    def test_a_skip_needs_a_reason_that_this_boot_allows(self) -> None:
        skip = "ok 2 direct.a # SKIP the host has no GICv4"
        console = [*GOOD[:8], skip, *GOOD[8:]]
        self.assertEqual(
            self.reasons(console),
            ["vgic_vlpi_direct.direct.a was skipped: SKIP the host has no GICv4"],
        )
        allowed = GICV4._replace(may_skip="the host has no GICv4$")
        self.assertEqual(self.reasons(console, allowed), [])

    def test_a_splat_is_a_failure_and_advice_is_none(self) -> None:
        self.assertEqual(
            self.reasons([*GOOD, "WARNING: running 4 threads on 2 CPUs; slow"]), []
        )
        found = self.reasons([*GOOD, "<4>[    1.0] WARNING: CPU: 0 PID: 1 at a.c:12"])
        self.assertEqual(len(found), 1)

    def test_a_kernel_that_died_and_one_that_hangs(self) -> None:
        self.assertIn("the kernel died before the last program ended", self.reasons(GOOD[:-1]))
        self.assertEqual(self.reasons(GOOD, ended="not at its end"), ["not at its end"])

    def test_a_program_that_forwards_nothing_proves_nothing(self) -> None:
        console = [line for line in GOOD if "its:" not in line]
        self.assertIn("no test said that it forwarded an event", self.reasons(console))


class TestVariables(unittest.TestCase):
    def test_only_0_and_1_are_flags(self) -> None:
        for value, wanted in (("", False), ("0", False), ("1", True)):
            with mock.patch.dict(os.environ, {"DEBUG": value}):
                self.assertEqual(qemu_selftest.flag("DEBUG"), wanted)
        with mock.patch.dict(os.environ, {"DEBUG": "yes"}):
            self.assertRaises(UserError, qemu_selftest.flag, "DEBUG")

    def test_a_seed_is_a_number(self) -> None:
        with mock.patch.dict(os.environ, {"SEED": "x"}):
            self.assertRaises(UserError, qemu_selftest.plan_of, Path("/nowhere/linux-7.3"))


if __name__ == "__main__":
    unittest.main()
