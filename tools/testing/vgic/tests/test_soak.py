# SPDX-License-Identifier: GPL-2.0
"""What soak.py reads from a log, and how it splits work."""

import os
import unittest
from unittest import mock

from tools.common.ui import UserError
from tools.testing.vgic import soak

LOG = """
[    0.1]     # Subtest: vgic_vlpi_stress-v4_0-2its
[    0.1]         # Subtest: nothing_is_lost_step_by_step
[    0.2]     # nothing_is_lost_step_by_step: stress: seed 7, 1 CPUs, 3 vCPUs: writes 10, acks 2, hash=00000012
[    0.2]         ok 1 seed 7
[    0.3]     # nothing_is_lost_step_by_step: stress: seed 8, 1 CPUs, 1 vCPUs: writes 5, acks 1, hash=1
[    0.4]     # Subtest: vgic_vlpi_stress
[    0.5]     # nothing_is_lost_step_by_step: stress: seed 7, 1 CPUs, 3 vCPUs: writes 1, acks 0, hash=ab
""".splitlines()


class TallyTest(unittest.TestCase):
    def test_counts_are_summed_by_name(self) -> None:
        tally = soak.Tally()
        self.assertEqual(tally.add("stress", LOG), 3)
        self.assertEqual(dict(tally.counts), {"writes": 16, "acks": 3})

    def test_runs_belong_to_machines(self) -> None:
        tally = soak.Tally()
        tally.add("stress", LOG)
        self.assertEqual(dict(tally.by_machine), {"v4.0-2its": 2, "v4.0": 1})

    def test_other_lines_do_not_count(self) -> None:
        self.assertEqual(soak.Tally().add("fuzz", LOG), 0)


class GlobTest(unittest.TestCase):
    CASE = soak.Case("vgic_vlpi_fuzz", "a_case", "fuzz")

    def glob(self, machine: str) -> str:
        with mock.patch.dict(os.environ, {"MACHINE": machine}):
            return soak.machine_glob(self.CASE)

    def test_all_machines_without_a_name(self) -> None:
        self.assertEqual(self.glob(""), "vgic_vlpi_fuzz*.a_case")

    def test_default_machine_is_the_suite_without_suffix(self) -> None:
        self.assertEqual(self.glob("v4.0"), "vgic_vlpi_fuzz.a_case")

    def test_periods_are_underscores_in_suites(self) -> None:
        self.assertEqual(self.glob("v4.1-2its"), "vgic_vlpi_fuzz-v4_1-2its.a_case")

    def test_nonsense_is_refused(self) -> None:
        with self.assertRaises(UserError):
            self.glob("v4 0")


class SharesTest(unittest.TestCase):
    def test_all_is_shared_and_never_too_little(self) -> None:
        self.assertEqual(soak.shares(1000, {1: 6, 2: 3, 4: 1}), [(1, 600), (2, 300), (4, 100)])
        self.assertEqual(soak.shares(1, {1: 6, 2: 3}), [(1, 1), (2, 1)])


if __name__ == "__main__":
    unittest.main()
