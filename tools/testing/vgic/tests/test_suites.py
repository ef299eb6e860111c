# SPDX-License-Identifier: GPL-2.0
import tempfile
import unittest
from pathlib import Path

from tools.common.ui import UserError
from tools.testing.vgic import suites

PASSING = "KTAP version 1\n1..1\n    ok 1 fine\nok 1 suite\n"


class JudgeTest(unittest.TestCase):
    def judge(self, text: str, status: int = 0) -> suites.Verdict:
        with tempfile.TemporaryDirectory() as name:
            log = Path(name) / "log"
            log.write_text(text)
            return suites.judge(status, log, "", 0.1)

    def test_pass(self) -> None:
        self.assertTrue(self.judge(PASSING).passed)

    def test_splat_spoils_a_pass(self) -> None:
        verdict = self.judge(PASSING + "WARNING: possible recursive locking detected\n")
        self.assertFalse(verdict.passed)
        self.assertIn("line 5", verdict.reasons[0])

    def test_failed_case_needs_no_other_reason(self) -> None:
        verdict = self.judge(PASSING.replace("    ok", "    not ok"), status=1)
        self.assertFalse(verdict.passed)
        self.assertEqual(verdict.reasons, [])

    def test_crash_without_a_failed_case(self) -> None:
        verdict = self.judge(PASSING, status=1)
        self.assertFalse(verdict.passed)
        self.assertTrue(verdict.reasons)

    def test_all_skipped_is_no_pass(self) -> None:
        self.assertFalse(self.judge(PASSING.replace("fine", "fine # SKIP")).passed)

    def test_nothing_ran(self) -> None:
        self.assertFalse(self.judge("1..0\n", status=1).passed)


class InputTest(unittest.TestCase):
    def test_cpus(self) -> None:
        self.assertEqual(suites.cpus(""), 1)
        self.assertEqual(suites.cpus("2"), 2)
        for bad in ("0", "5", "two", "-1", "1.5"):
            with self.assertRaisesRegex(UserError, "NCPUS"):
                suites.cpus(bad)

    def test_globs(self) -> None:
        for good in ("vgic_vlpi", "vgic_vlpi*", "*.setup_?", "gicv4_model.v[1-4]*"):
            self.assertEqual(suites.check_glob(good), good)
        for bad in ("a b", "a;b", "$(x)", "a/b"):
            with self.assertRaisesRegex(UserError, "SUITE"):
                suites.check_glob(bad)

    def test_kernel_args(self) -> None:
        self.assertEqual(suites.kernel_args(1, ""), [])
        self.assertEqual(suites.kernel_args(2, "a=1 b='x y'"), ["ncpus=2", "seccomp=on", "a=1", "b=x y"])
        with self.assertRaisesRegex(UserError, "KERNEL_ARGS"):
            suites.kernel_args(1, "a='")


if __name__ == "__main__":
    unittest.main()
