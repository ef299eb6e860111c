# SPDX-License-Identifier: GPL-2.0
import shutil
import tempfile
import unittest
from pathlib import Path

from tools.kernel import fitting, fixes, series
from tools.kernel.source import DirSource


def edit(old: str, new: str, line: int) -> str:
    return f"--- a/file\n+++ b/file\n@@ -{line} +{line} @@\n-{old}\n+{new}\n"


@unittest.skipUnless(shutil.which("quilt"), "no quilt")
class FittingTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.top = Path(scratch.name)
        self.kernel = self.top / "kernel"
        self.kernel.mkdir()
        self.patches = self.top / "patches/7.3"
        (self.patches / "fixes").mkdir(parents=True)
        self.patch("0101-hook.patch", edit("hook", "HOOK", 1))
        self.patch("fixes/0001-one.patch", edit("one", "ONE", 2))
        self.patch("fixes/0002-two.patch", edit("two", "TWO", 3))
        self.patch("fixes/0003-needs-two.patch", edit("TWO", "Two", 3))
        self.tree("hook", "one", "two")

    def patch(self, name: str, text: str) -> None:
        (self.patches / name).write_text(text)
        with open(self.patches / "series", "a", encoding="utf-8") as listing:
            listing.write(f"{name}\n")

    def tree(self, *lines: str) -> None:
        (self.kernel / "file").write_text("".join(f"{line}\n" for line in lines))

    def misfits(self, *unwanted: str) -> "dict[str, str]":
        source = DirSource(self.kernel, "7.3.4")
        return fitting.misfits(source, self.patches, unwanted, self.top)

    def test_all_fit(self) -> None:
        self.assertEqual(self.misfits(), {})

    def test_one_is_in_the_tree_already(self) -> None:
        self.tree("hook", "ONE", "two")
        self.assertEqual(self.misfits(), {"0001": fitting.HAS_IT})

    def test_lines_differ_and_what_builds_upon_them_goes_too(self) -> None:
        self.tree("hook", "one", "2")
        self.assertEqual(self.misfits(), {"0002": fitting.DIFFERS, "0003": fitting.DIFFERS})

    def test_what_is_left_applies(self) -> None:
        self.tree("hook", "1", "two")
        left_out = self.misfits()
        laid = fixes.lay(self.patches, list(left_out), self.top / "laid/patches/7.3")
        series.apply(laid, self.kernel, "Linux")
        self.assertEqual((self.kernel / "file").read_text(), "HOOK\n1\nTwo\n")
        self.assertEqual(
            fitting.said(left_out, self.patches), [f"fixes/0001-one.patch {fitting.DIFFERS}"]
        )

    def test_unwanted_ones_are_not_tried(self) -> None:
        self.tree("hook", "1", "two")
        self.assertEqual(self.misfits("0001"), {})

    def test_a_hook_has_to_fit(self) -> None:
        self.tree("hooked", "one", "two")
        with self.assertRaisesRegex(series.DoesNotApply, "0101-hook.patch does not apply"):
            self.misfits()

    def test_the_answer_changes_with_tree_and_patches(self) -> None:
        self.assertEqual(self.misfits(), {})
        self.tree("hook", "one", "2, and more")
        self.assertEqual(list(self.misfits()), ["0002", "0003"])
        self.tree("hook", "one", "two")
        self.assertEqual(self.misfits(), {})
        (self.patches / "fixes/0001-one.patch").write_text(edit("eins", "ONE", 2))
        self.assertEqual(list(self.misfits()), ["0001"])

    def test_nothing_is_left_behind(self) -> None:
        self.misfits()
        found = sorted(path.name for path in self.top.iterdir())
        self.assertEqual(found, [".fitting-7.3.json", "kernel", "patches"])


if __name__ == "__main__":
    unittest.main()
