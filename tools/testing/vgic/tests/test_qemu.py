# SPDX-License-Identifier: GPL-2.0
import re
import unittest
from pathlib import Path
from unittest import mock

from tools.common import paths
from tools.common.ui import UserError
from tools.testing.vgic import qemu

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


class TraceTest(unittest.TestCase):
    def test_sample_has_the_virtual_commands(self) -> None:
        text = SAMPLE.read_text()
        for command in ("vmapp", "vmapti", "vmovi", "vmovp", "vinvall", "vsync"):
            self.assertTrue(re.search(rf"^gicv3_its_cmd_{command} ", text, re.M), command)


if __name__ == "__main__":
    unittest.main()
