# SPDX-License-Identifier: GPL-2.0
import os
import tempfile
import unittest
from pathlib import Path

from tools.common import paths
from tools.common.ui import UserError
from tools.kernel import fixes, series

SHOWN_BY = """\
# comment
0001 s.crashes ncpus=1 crash
0002 s*.one s*.two also=s-x.*   # why
0003 needs=0002 s*.three
0004 needs=0003 reason: nobody can see it
"""


class FixesTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.patches = Path(scratch.name) / "patches/7.3"
        (self.patches / "fixes").mkdir(parents=True)
        names = ["0001-hook.patch"] + [f"fixes/000{n}-fix.patch" for n in range(1, 5)]
        for name in names:
            (self.patches / name).write_text("")
        (self.patches / "series").write_text("".join(f"{name}\n" for name in names))
        self.write(SHOWN_BY)

    def write(self, text: str) -> None:
        (self.patches / fixes.SHOWN_BY).write_text(text)

    def test_values(self) -> None:
        for given in ("", "1"):
            self.assertEqual(fixes.left_out(given, self.patches), [])
        self.assertEqual(fixes.left_out("0", self.patches), ["0001", "0002", "0003", "0004"])
        self.assertEqual(fixes.left_out("-0001", self.patches), ["0001"])
        self.assertEqual(fixes.left_out("-0004,-0001", self.patches), ["0001", "0004"])

    def test_what_builds_upon_a_fix_goes_with_it(self) -> None:
        self.assertEqual(fixes.left_out("-0002", self.patches), ["0002", "0003", "0004"])
        self.assertEqual(fixes.left_out("-0003", self.patches), ["0003", "0004"])

    def test_bad_values(self) -> None:
        for given in ("2", "no", "0003", "-3", "-0001,0002", "-0001 -0002"):
            with self.assertRaisesRegex(UserError, "FIXES=.*0 leaves all"):
                fixes.check(given)
        with self.assertRaisesRegex(UserError, "no fix 0009 in .*there are: 0001, 0002"):
            fixes.left_out("-0009", self.patches)

    def test_lines(self) -> None:
        one, two, three, four = fixes.shown_by(self.patches)
        self.assertEqual((one.tests, one.ncpus, one.crash), (("s.crashes",), 1, True))
        self.assertEqual((two.tests, two.also, two.ncpus), (("s*.one", "s*.two"), ("s-x.*",), 0))
        self.assertEqual((three.needs, three.crash), (("0002",), False))
        self.assertEqual((four.tests, four.reason), ((), "nobody can see it"))

    def test_matching(self) -> None:
        two = fixes.shown_by(self.patches)[1]
        self.assertTrue(two.matches("s-y.two"))
        self.assertFalse(two.matches("s-x.other"))
        self.assertTrue(two.tolerates("s-x.other"))
        self.assertFalse(two.tolerates("s-y.other"))

    def test_bad_lines(self) -> None:
        for line, complaint in {
            "3 s.a": "expected 'NNNN",
            "0001": "expected 'NNNN",
            "0001 crash": "tests, or the reason",
            "0001 reason:": "tests, or the reason",
            "0001 s.a reason: both": "tests, or the reason",
            "0001 nodot": "known here",
            "0001 s.a ncpus=9": "known here",
            "0001 s.a ncpus=1 ncpus=2": "known here",
            "0001 s.a needs=2": "known here",
            "0001 s.a also=x": "known here",
            "0001 s.a needs=0008": "no fix 0008",
            "0007 s.a": "no fix 0007",
        }.items():
            self.write(SHOWN_BY + line + "\n")
            with self.assertRaisesRegex(UserError, complaint, msg=line):
                fixes.shown_by(self.patches)

    def test_every_fix_has_a_line(self) -> None:
        self.write(SHOWN_BY.replace("0004", "#"))
        with self.assertRaisesRegex(UserError, "no line for fixes/0004-fix.patch"):
            fixes.shown_by(self.patches)
        (self.patches / fixes.SHOWN_BY).unlink()
        with self.assertRaisesRegex(UserError, "shown-by"):
            fixes.shown_by(self.patches)

    def test_numbers_are_unique(self) -> None:
        (self.patches / "fixes/0001-again.patch").write_text("")
        with open(self.patches / "series", "a", encoding="utf-8") as listing:
            listing.write("fixes/0001-again.patch\n")
        with self.assertRaisesRegex(UserError, "two fixes of number 0001"):
            fixes.of_series(self.patches)

    def test_shorter_series_of_the_same_patches(self) -> None:
        directory = self.patches.parents[1] / "unfixed/7.3"
        fixes.lay(self.patches, ["0002", "0003"], directory)
        kept = ["0001-hook.patch", "fixes/0001-fix.patch", "fixes/0004-fix.patch"]
        self.assertEqual(series.patches_of(directory), kept)
        before = os.stat(directory / "series").st_mtime_ns
        (self.patches / "fixes/0004-fix.patch").write_text("changed\n")
        fixes.lay(self.patches, ["0002", "0003"], directory)
        self.assertEqual(os.stat(directory / "series").st_mtime_ns, before)
        self.assertEqual((directory / "fixes/0004-fix.patch").read_text(), "changed\n")

    def test_patches_that_are_gone_are_forgotten(self) -> None:
        directory = self.patches.parents[1] / "unfixed/7.3"
        fixes.lay(self.patches, [], directory)
        (self.patches / "0001-hook.patch").unlink()
        (self.patches / "series").write_text("fixes/0001-fix.patch\n")
        fixes.lay(self.patches, [], directory)
        self.assertFalse(os.path.lexists(directory / "0001-hook.patch"))


class RepositoryTest(unittest.TestCase):
    def test_declarations_fit_the_series(self) -> None:
        for listing in sorted(paths.PATCHES.glob("*/series")):
            if fixes.of_series(listing.parent):
                self.assertTrue(fixes.shown_by(listing.parent))

    def test_bugs_found_has_a_row_for_each(self) -> None:
        text = (paths.REPO / "Documentation/bugs-found.md").read_text(encoding="utf-8")
        for listing in sorted(paths.PATCHES.glob("*/series")):
            for fix in fixes.of_series(listing.parent):
                self.assertIn(f"\n| {fix} |", text)


if __name__ == "__main__":
    unittest.main()
