# SPDX-License-Identifier: GPL-2.0
import shutil
import tempfile
import unittest
from pathlib import Path

from tools.common.ui import UserError
from tools.kernel import series

GOOD = """\
Subject: add a line

--- a/dir/file
+++ b/dir/file
@@ -1,2 +1,3 @@
 1
+new
 2
@@ -8,3 +9,3 @@
 8
-9
+nine
 10
"""

MAKES = """\
--- /dev/null
+++ b/made
@@ -0,0 +1 @@
+here
"""


@unittest.skipUnless(shutil.which("quilt"), "no quilt")
class SeriesTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.patches = Path(scratch.name) / "patches" / "7.3"
        self.patches.mkdir(parents=True)
        self.tree = Path(scratch.name) / "tree"
        (self.tree / "dir").mkdir(parents=True)
        self.file = self.tree / "dir/file"
        self.file.write_text("".join(f"{n}\n" for n in range(1, 11)))

    def write(self, **patches: str) -> None:
        for name, text in patches.items():
            (self.patches / f"{name}.patch").write_text(text)
        names = [f"{name}.patch" for name in patches]
        (self.patches / "series").write_text("# comment\n" + "\n".join(names) + "\n")

    def test_applies_and_lists_touched_files(self) -> None:
        self.write(good=GOOD, makes=MAKES)
        self.assertEqual(series.touched(self.patches), ["dir/file", "made"])
        series.apply(self.patches, self.tree, "Linux")
        self.assertIn("new\n", self.file.read_text())
        self.assertEqual((self.tree / "made").read_text(), "here\n")

    def test_names_patch_file_and_hunk(self) -> None:
        self.write(good=GOOD.replace(" 8\n", " eight\n"))
        with self.assertRaises(UserError) as caught:
            series.apply(self.patches, self.tree, "Linux 7.3.4")
        text = str(caught.exception)
        self.assertIn("patches/7.3/good.patch does not apply to Linux 7.3.4", text)
        self.assertIn("dir/file: hunk #2", text)
        self.assertIn("+nine", text)
        self.assertNotIn("+new", text)

    def test_names_a_file_that_is_not_there(self) -> None:
        self.write(good=GOOD.replace("dir/file", "dir/absent"))
        with self.assertRaisesRegex(UserError, "dir/absent: the tree has no such file"):
            series.apply(self.patches, self.tree, "Linux")

    def test_no_fuzz(self) -> None:
        self.write(good=GOOD.replace(" 1\n", " one\n"))
        with self.assertRaisesRegex(UserError, "hunk #1"):
            series.apply(self.patches, self.tree, "Linux")

    def test_series_with_a_missing_patch(self) -> None:
        (self.patches / "series").write_text("gone.patch\n")
        with self.assertRaisesRegex(UserError, "gone.patch, which does not exist"):
            series.touched(self.patches)

    def test_empty_series(self) -> None:
        (self.patches / "series").write_text("# nothing\n")
        series.apply(self.patches, self.tree, "Linux")
        self.assertFalse((self.tree / ".pc").exists())

    def test_hunk_text_that_looks_like_a_header(self) -> None:
        patch = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n--- x\n+++ y\n z\n@@ -9 +9 @@\n-a\n+b\n"
        hunks = series.hunks_of(patch)
        self.assertEqual([(hunk.file, hunk.number) for hunk in hunks], [("f", 1), ("f", 2)])


if __name__ == "__main__":
    unittest.main()
