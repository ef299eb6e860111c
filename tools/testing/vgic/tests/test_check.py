# SPDX-License-Identifier: GPL-2.0
import contextlib
import io
import tempfile
import unittest
from pathlib import Path

from tools.common.ui import UserError
from tools.testing.vgic import check, kernellog, lint


class CheckTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.log = Path(scratch.name) / "lint-x.log"
        self.check = check.Check()
        self.heard = io.StringIO()

    def verdict(self) -> int:
        with contextlib.redirect_stdout(self.heard):
            return self.check.verdict()

    def test_last_line_is_the_count(self) -> None:
        self.check.add("a", kernellog.Counts(3, 0, 2), [], self.log)
        self.assertEqual(self.verdict(), 0)
        self.assertEqual(self.heard.getvalue().splitlines()[-1], "3 passed, 0 failed")

    def test_one_failure_fails_and_names_the_log(self) -> None:
        with contextlib.redirect_stdout(self.heard):
            self.check.add("a", kernellog.Counts(3, 1, 0), ["why"], self.log)
        self.assertEqual(self.verdict(), 1)
        self.assertIn("why", self.heard.getvalue())
        self.assertIn("lint-x.log", self.heard.getvalue())
        self.assertEqual(self.heard.getvalue().splitlines()[-1], "3 passed, 1 failed")

    def test_nothing_at_all_is_no_pass(self) -> None:
        self.assertEqual(self.verdict(), 1)

    def test_stage_that_cannot_run_is_a_failure(self) -> None:
        def work(_: object) -> lint.Result:
            raise UserError("no such tool")

        with contextlib.redirect_stdout(self.heard):
            self.check.lint("x", work, self.log)  # type: ignore[arg-type]
        self.assertEqual((self.check.passed, self.check.failed), (0, 1))

    def test_complaints_are_counted_by_item_and_logged(self) -> None:
        result = lint.Result(5, {"a.c": ["a.c:1: x", "a.c:2: y"], "b.c": ["b.c:1: z"]})
        with contextlib.redirect_stdout(self.heard):
            self.check.lint("x", lambda _: result, self.log)
        self.assertEqual((self.check.passed, self.check.failed), (5, 2))
        self.assertIn("a.c:2: y", self.log.read_text())

    def test_boots_for_cases_in_need(self) -> None:
        needy = {"one.a": 2, "two.a": 2, "two.b": 4}
        self.assertEqual(check.boots_for(needy), [("one.a", 2), ("two", 4)])
        self.assertEqual(check.boots_for({}), [])

    def test_copies_for_all_machines_share_a_boot(self) -> None:
        self.assertEqual(check.boots_for({"s.a": 2, "s-v4_1.a": 2}), [("s*.a", 2)])
        self.assertEqual(check.boots_for({"s-v4_1.a": 2}), [("s-v4_1.a", 2)])
        needy = {"s.a": 2, "s.b": 2, "s-v4_0-2its.a": 2, "s-v4_1.b": 2}
        self.assertEqual(check.boots_for(needy), [("s", 2), ("s-*.a", 2), ("s-*.b", 2)])
        needy = {"s-x.a": 2, "s-y.b": 2}
        self.assertEqual(check.boots_for(needy), [("s-*.a", 2), ("s-*.b", 2)])

    def test_many_cases_share_a_boot(self) -> None:
        needy = {f"s{copy}.{case}": 2 for copy in ("", "-v4_1") for case in "abcde"}
        self.assertEqual(check.boots_for(needy), [("s*", 2)])


if __name__ == "__main__":
    unittest.main()
