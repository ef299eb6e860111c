# SPDX-License-Identifier: GPL-2.0
import unittest

from tools.common.ui import UserError
from tools.kernel.fixes import Shown
from tools.testing.vgic import fixes, kernellog
from tools.testing.vgic.fixes import Boot

ANY = Shown("0003", ("s*.a",))
TWO = Shown("0004", ("t.b",), ncpus=2)
WIDE = Shown("0005", ("s.c",), also=("s-x.*",))
DEADLY = Shown("0001", ("s.d",), ncpus=1, crash=True)


class BootsTest(unittest.TestCase):
    def test_one_boot_if_that_will_do(self) -> None:
        self.assertEqual(fixes.boots_for([ANY, WIDE]), [Boot("", 1)])

    def test_another_boot_for_what_needs_two_cpus(self) -> None:
        self.assertEqual(fixes.boots_for([ANY, TWO]), [Boot("", 1), Boot("t.b", 2)])

    def test_what_kills_the_kernel_is_alone(self) -> None:
        boots = fixes.boots_for([DEADLY, ANY, TWO])
        self.assertEqual(boots, [Boot("", 2), Boot("s.d", 1, (DEADLY,))])

    def test_what_kills_the_kernel_with_any_cpus_does_not_die_of_another_bug(self) -> None:
        any_cpus, other = Shown("0007", ("s.e",), crash=True), Shown("0008", ("s.e",), crash=True)
        boots = fixes.boots_for([DEADLY, any_cpus, other])
        self.assertEqual(boots[2:], [Boot("s.e", 2, (any_cpus, other))])
        self.assertEqual(fixes.boots_for([other]), [Boot("", 1), Boot("s.e", 1, (other,))])


class JudgeTest(unittest.TestCase):
    def judge(self, **states: str) -> list:
        named = {name.replace("__", "-").replace("_", "."): state for name, state in states.items()}
        return fixes.judge_whole(Boot("", 1), named, [], [ANY, TWO, WIDE])

    def test_expected_reds(self) -> None:
        self.assertEqual(self.judge(s_a="failed", s_c="failed", u_e="passed"), [])

    def test_green_without_its_fix(self) -> None:
        self.assertEqual(self.judge(s_a="passed"), ["s.a is green without 0003"])

    def test_red_without_a_reason(self) -> None:
        self.assertIn("u.e is red, and no fix", self.judge(u_e="failed")[0])

    def test_tolerated_reds(self) -> None:
        self.assertEqual(self.judge(s__x_other="failed", s__x_more="passed"), [])

    def test_skipped_is_neither(self) -> None:
        self.assertEqual(self.judge(s_a="skipped"), [])

    def test_shows_with_two_cpus_only(self) -> None:
        self.assertEqual(self.judge(t_b="passed"), [])
        two = fixes.judge_whole(Boot("", 2), {"t.b": "passed"}, [], [TWO])
        self.assertEqual(two, ["t.b is green without 0004"])

    def test_splats_are_surprises(self) -> None:
        self.assertEqual(fixes.judge_whole(Boot("", 2), {}, ["oops"], [ANY]), ["2 CPUs: oops"])

    def test_red_by_fix(self) -> None:
        states = {"s.a": "failed", "s-x.a": "failed", "s.c": "passed"}
        red = fixes.red_of(states, [ANY, WIDE])
        self.assertEqual(red, {"0003": {"s.a", "s-x.a"}, "0005": set()})

    def test_plan(self) -> None:
        self.assertEqual(fixes.plan("", ["0001"]), ["0"])
        self.assertEqual(fixes.plan("-0001", ["0001"]), ["-0001"])
        self.assertEqual(fixes.plan("each", ["0001", "0002"]), ["-0001", "-0002"])
        for bad in ("1", "all", "0003"):
            with self.assertRaisesRegex(UserError, "FIXES="):
                fixes.plan(bad, ["0001"])

    def test_table(self) -> None:
        known = {"0003": "fixes/0003-a-name.patch", "0006": "fixes/0006-other.patch"}
        lines = [ANY, Shown("0006", (), "a race")]
        red = {"0003": {"s.a", "s-x.a"}, "0006": set()}
        rows = [row.strip() for row in fixes.table(known, lines, red)]
        expected = ["0003  a-name", "red: a, on 2 machines", "0006  other", "no test: a race"]
        self.assertEqual(rows, expected)


class CasesTest(unittest.TestCase):
    def test_states(self) -> None:
        log = """\
KTAP version 1
    ok 1 plain
    not ok 2 broken
    ok 3 absent # SKIP why
        ok 1 first # SKIP why
        ok 2 second
    ok 4 some
        not ok 1 first
    not ok 5 bad
        ok 1 first # SKIP why
    ok 6 none
not ok 1 suite
ok 2 empty # SKIP why
    not ok 1 last
"""
        self.assertEqual(
            kernellog.cases(log.splitlines()),
            {
                "suite.plain": "passed",
                "suite.broken": "failed",
                "suite.absent": "skipped",
                "suite.some": "passed",
                "suite.bad": "failed",
                "suite.none": "skipped",
                "?.last": "failed",
            },
        )


if __name__ == "__main__":
    unittest.main()
