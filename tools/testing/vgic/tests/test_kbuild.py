# SPDX-License-Identifier: GPL-2.0
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from tools.common.ui import UserError
from tools.testing.vgic import kbuild, lint


class KbuildTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.top = Path(scratch.name)

    def test_later_fragment_wins(self) -> None:
        (self.top / "a").write_text("CONFIG_A=y\n# CONFIG_B is not set\n# a remark\n")
        (self.top / "b").write_text("CONFIG_B=y\n# CONFIG_A is not set\nCONFIG_C=y\n")
        self.assertEqual(
            kbuild.merge([self.top / "a", self.top / "b"]),
            "CONFIG_B=y\n# CONFIG_A is not set\nCONFIG_C=y\n",
        )

    def test_user_s_make_does_not_leak_into_the_kernel_s(self) -> None:
        leaks = {"MAKEFLAGS": "k", "ARCH": "arm", "O": "x", "KVER": "7.3", "CROSS_COMPILE": "y-"}
        with mock.patch.dict(os.environ, {**leaks, "HOME": "/h", "COLUMNS": "80"}):
            kept = kbuild.environment()
        self.assertEqual([name for name in leaks if name in kept], [])
        self.assertEqual((kept["HOME"], kept["COLUMNS"]), ("/h", "80"))

    def test_jobs(self) -> None:
        with mock.patch.dict(os.environ, {"JOBS": "3"}):
            self.assertEqual(kbuild.jobs(), 3)
        for bad in ("0", "x", "-2"):
            with mock.patch.dict(os.environ, {"JOBS": bad}):
                with self.assertRaisesRegex(UserError, "JOBS"):
                    kbuild.jobs()

    def test_excerpt_begins_at_the_first_error(self) -> None:
        log = self.top / "log"
        lines = [f"  CC      f{n}.o" for n in range(50)]
        log.write_text("\n".join(lines + ["x.c:1:2: error: no", "make: *** [x.o] Error 1"]))
        shown = kbuild.excerpt(log)
        self.assertEqual(shown[2], "x.c:1:2: error: no")
        self.assertEqual(len(shown), 4)


class ComplaintTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tree = Path(scratch.name) / "build/linux-7.3"
        self.build = Path(scratch.name) / "build/uml"
        for name in ("arch/um/vgic", "arch/arm64/kvm/vgic", "mm"):
            (self.tree / name).mkdir(parents=True)
        self.build.mkdir()

    def found(self, *messages: str) -> dict:
        ours = ["arch/arm64/kvm/vgic/mock-msi.c", "arch/um/vgic/its.c"]
        return lint.complaints(messages, ours, self.tree, self.build)

    def test_names_are_brought_to_one_form(self) -> None:
        text = "warning: unused variable 'x' [-Wunused-variable]"
        by_path = f"{self.tree}/arch/um/vgic/../../arm64/kvm/vgic/mock-msi.c:9:2: {text}"
        relative = f"../linux-7.3/arch/um/vgic/its.c:3: {text}"
        self.assertEqual(
            self.found(by_path, relative),
            {
                "arch/arm64/kvm/vgic/mock-msi.c": [f"arch/arm64/kvm/vgic/mock-msi.c:9: {text}"],
                "arch/um/vgic/its.c": [f"arch/um/vgic/its.c:3: {text}"],
            },
        )

    def test_other_files_and_plain_lines_are_left_out(self) -> None:
        self.assertEqual(
            self.found(f"{self.tree}/mm/slub.c:1:1: warning: x", "  CC      mm/slub.o", "warning: y"),
            {},
        )

    def test_same_complaint_twice_is_said_once(self) -> None:
        line = f"{self.tree}/arch/um/vgic/its.c:3:1: warning: context imbalance"
        self.assertEqual(len(self.found(line, line)["arch/um/vgic/its.c"]), 1)


if __name__ == "__main__":
    unittest.main()
