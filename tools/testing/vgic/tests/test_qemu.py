# SPDX-License-Identifier: GPL-2.0
import re
import unittest
from pathlib import Path
from unittest import mock

from tools.common import paths
from tools.common.ui import UserError
from tools.testing.vgic import qemu, qemu_bench

SAMPLE = Path(__file__).parent / "data/qemu-its-v4.trace"


class ToolsTest(unittest.TestCase):
    def test_what_is_missing_is_named(self) -> None:
        with mock.patch("shutil.which", side_effect=lambda name: "gcc" in name):
            with self.assertRaisesRegex(UserError, "^qemu-system-aarch64 not found.*apt-get"):
                qemu.check_tools()

    def test_nothing_is_missing(self) -> None:
        with mock.patch("shutil.which", return_value="/usr/bin/it"):
            qemu.check_tools()


class CommandTest(unittest.TestCase):
    def test_files_that_kunit_py_is_given_are_ours(self) -> None:
        self.assertTrue((paths.REPO / qemu.MACHINE).is_file())
        self.assertTrue((paths.REPO / qemu.KUNITCONFIG).is_file())
        self.assertIn(f"--qemu_config={qemu.MACHINE}", qemu.kunit("exec"))


class WithoutTest(unittest.TestCase):
    SKIPPED = [
        "[    3.6] ok 1 vgic_vlpi # SKIP the machine has no GICv4",
        "[    3.7] ok 2 its_v4_bench # SKIP not asked for by its_v4.bench=1",
    ]

    def test_all_suites_skip(self) -> None:
        self.assertEqual(qemu.not_skipped(self.SKIPPED), [])

    def test_a_suite_that_runs_is_named(self) -> None:
        found = qemu.not_skipped([*self.SKIPPED, "[    3.8] ok 3 its_v4"])
        self.assertRegex(" ".join(found), "its_v4$")

    def test_another_reason_is_none(self) -> None:
        self.assertTrue(qemu.not_skipped([*self.SKIPPED, "ok 3 its_v4 # SKIP tired"]))

    def test_a_kernel_that_says_nothing_is_noticed(self) -> None:
        self.assertTrue(qemu.not_skipped([]))


class BenchTest(unittest.TestCase):
    def test_what_only_one_side_has_is_a_dash(self) -> None:
        lines = qemu_bench.table({"UML": {"a, s": 1.5}, "QEMU": {"a, s": 2.5, "b": 1234.0}}, 3)
        self.assertEqual(lines[1].split(), ["a,", "s", "1.50", "2.50"])
        self.assertEqual(lines[2].split(), ["b", "-", "1,234"])

    def test_medians_are_by_row(self) -> None:
        self.assertEqual(qemu_bench.medians([{"a": 1.0}, {"a": 9.0}, {"a": 2.0}]), {"a": 2.0})


class TraceTest(unittest.TestCase):
    def test_sample_has_the_virtual_commands(self) -> None:
        text = SAMPLE.read_text()
        for command in ("vmapp", "vmapti", "vmovi", "vmovp", "vinvall", "vsync"):
            self.assertTrue(re.search(rf"^gicv3_its_cmd_{command} ", text, re.M), command)


if __name__ == "__main__":
    unittest.main()
