# SPDX-License-Identifier: GPL-2.0
import contextlib
import io
import os
import unittest
from unittest import mock

from tools.common.ui import UserError
from tools.testing.vgic import rules

HEADER = """\
/* GICV4_RULE(id, text, where) */
GICV4_RULE(ONE,
	   "the \\"first\\" thing, "
	   "on two lines",
	   "IHI 0069, ONE")
GICV4_RULE(TWO, "the second", "IHI 0069, GITS_BASER<n>")
GICV4_RULE(THREE, "the third", "IHI 0069, THREE")
"""

CASES = """\
static const struct rule_case {
	enum gicv4_rule rule;
} rule_cases[] = {
	{ GICV4_RULE_ONE,	one },
	{ GICV4_RULE_TWO,	two,	"v4.1" },
};

KUNIT_ARRAY_PARAM(rule_case, rule_cases, rule_case_desc);

static void breaks(struct kunit *test)
{
	const struct rule_case *c = test->param_value;

	gicv4_expect_breach(test, c->rule);
}

static void keeps(struct kunit *test)
{
	gicv4_checkpoint(test);
}

static void expect_three(struct kunit *test)
{
	gicv4_expect_breach(test, GICV4_RULE_THREE);
}

static void by_a_helper(struct kunit *test)
{
	expect_three(test);
}

static void not_in_a_suite(struct kunit *test)
{
	gicv4_expect_breach(test, GICV4_RULE_TWO);
}

struct kunit_case some_cases[] = {
	KUNIT_CASE_PARAM(breaks, rule_case_gen_params),
	KUNIT_CASE_PARAM(keeps, rule_case_gen_params),
	/* KUNIT_CASE(not_in_a_suite), */
	KUNIT_CASE_SLOW(by_a_helper),
	{ }
};
"""

SUITES = """\
static struct kunit_suite some_suite = {
	.name		= "some",
	.exit		= some_exit,
	.test_cases	= some_cases,
};
"""


class Header(unittest.TestCase):
    def test_rules_in_their_order_strings_joined(self) -> None:
        found = rules.rules(HEADER)
        self.assertEqual([rule.name for rule in found], ["ONE", "TWO", "THREE"])
        self.assertEqual(found[0].text, 'the "first" thing, on two lines')
        self.assertEqual(found[1].section, "IHI 0069, GITS_BASER<n>")


class Proofs(unittest.TestCase):
    def test_what_expects_the_breach_proves_the_rule(self) -> None:
        self.assertEqual(
            rules.Proofs([CASES, SUITES]).of_rules(),
            {
                "ONE": ["some.breaks[ONE]"],
                "TWO": ["some.breaks[TWO]"],
                "THREE": ["some.by_a_helper"],
            },
        )

    def test_described_parameters_have_their_description(self) -> None:
        cases = CASES.replace("_PARAM(rule_case,", "_PARAM_DESC(rule_case,")
        proofs = rules.Proofs([cases, SUITES]).of_rules()
        self.assertEqual(proofs["TWO"], ["some.breaks[v4.1]"])

    def test_cases_of_no_suite_prove_nothing(self) -> None:
        self.assertEqual(rules.Proofs([CASES]).of_rules(), {})

    def test_a_commented_parameter_proves_nothing(self) -> None:
        cases = CASES.replace("{ GICV4_RULE_ONE,	one },", "/* { GICV4_RULE_ONE, one }, */")
        self.assertNotIn("ONE", rules.Proofs([cases, SUITES]).of_rules())

    def test_every_rule_of_this_repository_is_proven(self) -> None:
        found, proofs = rules.read()
        self.assertGreater(len(found), 30)
        self.assertEqual(rules.unproven(found, proofs), [])


class Table(unittest.TestCase):
    def setUp(self) -> None:
        self.rules = rules.rules(HEADER)
        self.proofs = {"ONE": ["some.breaks_in_a_way_with_a_very_long_name_for_a_column[ONE]"]}

    def test_fits_and_leaves_nothing_out(self) -> None:
        lines = rules.table(self.rules, self.proofs, 110)
        self.assertLessEqual(max(map(len, lines)), 110)
        text = " ".join(" ".join(lines).split())
        self.assertIn("breaks_in_a_way_with_a_very_long_name_for_a_column", text.replace("_ ", "_"))
        self.assertIn("NO TEST", text)

    def test_columns_are_aligned(self) -> None:
        lines = rules.table(self.rules, self.proofs, 160)
        column = lines[0].index("Section")
        for line in lines[2:]:
            if line and not line.startswith(" "):
                self.assertEqual(line[column : column + 8], "IHI 0069")

    def test_markdown_escapes(self) -> None:
        lines = rules.markdown([rules.Rule("A", "b<n> | c", "d")], {"A": ["s.c[x]"]})
        self.assertEqual(lines[2], "| `A` | b&lt;n> \\| c | d | `s.c[x]` |")


class Target(unittest.TestCase):
    def run_with(self, proofs: dict) -> int:
        with mock.patch.object(rules, "read", return_value=(rules.rules(HEADER), proofs)):
            with contextlib.redirect_stdout(io.StringIO()) as self.heard:
                return rules.entry()

    def test_fails_if_a_rule_has_no_test(self) -> None:
        some = ["some.case"]
        self.assertEqual(self.run_with({"ONE": some, "TWO": some, "THREE": some}), 0)
        self.assertEqual(self.run_with({"ONE": some, "THREE": some}), 1)
        self.assertIn("no test expects the breach of TWO", self.heard.getvalue())

    def test_format_is_one_of_two(self) -> None:
        with mock.patch.dict(os.environ, {"FORMAT": "html"}):
            with self.assertRaises(UserError):
                rules.entry()


if __name__ == "__main__":
    unittest.main()
