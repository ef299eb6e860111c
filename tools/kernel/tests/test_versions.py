# SPDX-License-Identifier: GPL-2.0
import tempfile
import unittest
from pathlib import Path

from tools.common.ui import UserError
from tools.kernel import versions


def make_kernel(tree: Path, version: str = "7.3.4") -> None:
    """The least that passes for a kernel tree."""
    major, minor, patch = version.split(".")
    files = {
        "Makefile": f"VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = {patch}\n"
        "EXTRAVERSION =\n",
        "Kconfig": "",
        "arch/um/Kconfig": "",
        "virt/kvm/kvm_main.c": "",
    }
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)


class VersionTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tree = Path(scratch.name) / "linux"
        self.tree.mkdir()
        self.patches = Path(scratch.name) / "patches"
        for series in ("6.12", "6.18", "7.3"):
            (self.patches / series).mkdir(parents=True)
            (self.patches / series / "series").write_text("")

    def test_newest_first_by_number(self) -> None:
        self.assertEqual(versions.supported(self.patches), ["7.3", "6.18", "6.12"])

    def test_falls_back_to_older_then_newer(self) -> None:
        self.assertEqual(versions.fallbacks("6.18", self.patches), ["6.18", "6.12", "7.3"])

    def test_unknown_series_is_refused_by_name(self) -> None:
        for bad in ("9.9", "../7.3", "7.3; true", "7"):
            with self.assertRaisesRegex(UserError, "supported: 7.3, 6.18, 6.12"):
                versions.check_wanted(bad, self.patches)

    def test_series_is_the_newest_not_newer_than_the_tree(self) -> None:
        for tree, series in (("7.3.4", "7.3"), ("7.9.0", "7.3"), ("6.19.2", "6.18")):
            make_kernel(self.tree, tree)
            version = versions.of_tree(self.tree)
            self.assertEqual(versions.series_for(version, self.tree, self.patches), series)

    def test_too_old(self) -> None:
        make_kernel(self.tree, "6.1.0")
        with self.assertRaisesRegex(UserError, "Linux 6.1.0, which is too old.*6.12"):
            versions.series_for(versions.of_tree(self.tree), self.tree, self.patches)

    def test_no_kernel(self) -> None:
        with self.assertRaisesRegex(UserError, "no such directory"):
            versions.of_tree(self.tree / "absent")
        with self.assertRaisesRegex(UserError, "Makefile"):
            versions.of_tree(self.tree)
        (self.tree / "Makefile").write_text("all:\n")
        with self.assertRaisesRegex(UserError, "states no version"):
            versions.of_tree(self.tree)
        make_kernel(self.tree)
        (self.tree / "arch/um/Kconfig").unlink()
        with self.assertRaisesRegex(UserError, "no arch/um/Kconfig"):
            versions.of_tree(self.tree)


if __name__ == "__main__":
    unittest.main()
