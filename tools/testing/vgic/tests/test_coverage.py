# SPDX-License-Identifier: GPL-2.0
import unittest
from pathlib import Path
from typing import Any, Dict, List, Sequence

from tools.common.ui import UserError
from tools.testing.vgic import coverage, gcov, unreached
from tools.testing.vgic.gcov import Share, Source

ITS = "drivers/irqchip/irq-gic-v3-its.c"
V4 = "drivers/irqchip/irq-gic-v4.c"


def line(number: int, count: int, name: str, branches: Sequence[int] = ()) -> Dict[str, Any]:
    return {
        "line_number": number,
        "count": count,
        "function_name": name,
        "branches": [{"count": taken} for taken in branches],
    }


def function(name: str, first: int, last: int, count: int) -> Dict[str, Any]:
    return {"name": name, "start_line": first, "end_line": last, "execution_count": count}


# used() from line 10 on, unused() from line 20 on
PART = {
    "lines": [
        line(10, 3, "used"),
        line(11, 3, "used", [3, 0]),
        line(12, 0, "used"),
        line(13, 0, "used"),
        line(15, 3, "used"),
        line(20, 0, "unused"),
        line(21, 0, "unused"),
    ],
    "functions": [function("used", 10, 15, 3), function("unused", 20, 22, 0)],
}


def source(*parts: Dict[str, Any]) -> Source:
    made = Source()
    for part in parts or (PART,):
        made.add(part)
    return made


def gaps(text: str) -> List[unreached.Gap]:
    return unreached.parse(f"[a.c]\n{text}", "list")["a.c"]


class Counts(unittest.TestCase):
    def test_shares(self) -> None:
        self.assertEqual(source().line_share(), Share(3, 7))
        self.assertEqual(source().branch_share(), Share(1, 2))
        self.assertEqual(source().function_share(), Share(1, 2))
        self.assertEqual(source().function_share(["unused"]), Share(1, 1))

    def test_share_of_nothing_is_all_of_it(self) -> None:
        self.assertEqual(Share(0, 0).percent, 100)
        self.assertEqual(Share(1, 4).percent, 25)

    def test_objects_add_up(self) -> None:
        other = {
            "lines": [line(11, 1, "used", [0, 1]), line(12, 1, "used")],
            "functions": [function("used", 10, 15, 1)],
        }
        both = source(PART, other)
        self.assertEqual(both.lines[11], 4)
        self.assertEqual(both.branch_share(), Share(2, 2))
        self.assertEqual(both.functions["used"].count, 4)
        self.assertEqual(both.missed_lines()["used"], [3])

    def test_missed(self) -> None:
        self.assertEqual(source().missed_functions(), ["unused"])
        self.assertEqual(source().missed_lines(), {"used": [2, 3], "unused": [0, 1]})

    def test_a_line_belongs_to_the_innermost_function(self) -> None:
        made = source({"lines": [], "functions": [function("a", 1, 9, 1), function("b", 4, 6, 1)]})
        self.assertEqual(made.function_at(5).name, "b")
        self.assertEqual(made.function_at(8).name, "a")
        self.assertEqual(made.function_at(12).name, "b")
        self.assertEqual(Source().function_at(1).name, "")

    def test_braces_are_no_code(self) -> None:
        made = source()
        made.drop_blank("\n" * 11 + "\t}\n" + "\treturn 0;\n" + "\n" * 20)
        self.assertNotIn(12, made.lines)
        self.assertIn(13, made.lines)
        self.assertIn(15, made.lines, "executed, so it stays")

    def test_files_are_found_through_wrappers(self) -> None:
        part = dict(PART, file="../linux/arch/um/vgic/../../../drivers/irqchip/irq-gic-v4.c")
        system = dict(PART, file="/usr/include/stdio.h")
        report = {"current_working_directory": "/x/build", "files": [part, system]}
        self.assertEqual(list(gcov.read([report], Path("/x/linux"))), [V4])


class List_(unittest.TestCase):
    def test_parse(self) -> None:
        found = unreached.parse(
            "# a comment\n\n[a.c]\nf:1-3,7  counted  no memory\ng  foreign  ACPI\n"
            "[b.c]\n* foreign v2\n",
            "list",
        )
        self.assertEqual([str(gap) for gap in found["a.c"]], ["f:1-3,7", "g"])
        self.assertEqual(found["a.c"][0].reason, "no memory")
        self.assertEqual(found["b.c"][0].name, "*")

    def test_what_is_no_entry_is_refused(self) -> None:
        for entry in ("f counted", "f someday why", "f:x counted why"):
            with self.assertRaises(UserError, msg=entry):
                gaps(entry)
        with self.assertRaises(UserError, msg="before any file"):
            unreached.parse("f counted why", "list")

    def test_gap_without_entry_fails(self) -> None:
        self.assertEqual(unreached.unexplained([], source(), False), ["unused: never called"])
        self.assertEqual(
            unreached.unexplained(gaps("unused counted x"), source(), True),
            ["used:2-3: never executed"],
        )
        self.assertEqual(
            unreached.unexplained(gaps("unused counted x\nused:2 counted x"), source(), True),
            ["used:3: never executed"],
        )
        whole = gaps("unused counted x\nused:2-3 counted x")
        self.assertEqual(unreached.unexplained(whole, source(), True), [])
        self.assertEqual(unreached.unexplained(gaps("* foreign x"), source(), True), [])

    def test_entry_without_gap_fails(self) -> None:
        for text, said in (
            ("used foreign x", "it is called"),
            ("gone foreign x", "no such function"),
            ("used:1-2 counted x", "not a gap: 1"),
            ("* foreign x", "used is called"),
        ):
            found = unreached.stale(gaps(text), source())
            self.assertEqual(len(found), 1, text)
            self.assertIn(said, found[0])
        whole = gaps("unused foreign x\nused:2-3 counted x")
        self.assertEqual(unreached.stale(whole, source()), [])

    def test_timing_may_go_either_way(self) -> None:
        self.assertEqual(unreached.stale(gaps("used:1-2 timing x"), source()), [])
        self.assertEqual(
            unreached.unexplained(gaps("unused timing x\nused:2-3 timing x"), source(), True), []
        )

    def test_only_foreign_functions_do_not_count(self) -> None:
        self.assertEqual(unreached.foreign(gaps("unused foreign x"), source()), {"unused"})
        self.assertEqual(unreached.foreign(gaps("unused counted x"), source()), set())
        self.assertEqual(unreached.foreign(gaps("used:2 foreign x"), source()), set())
        self.assertEqual(unreached.foreign(gaps("* foreign x"), source()), {"used", "unused"})

    def test_the_list_is_well_formed(self) -> None:
        for name, found in unreached.load(coverage.LIST).items():
            self.assertTrue(coverage.wanted(name), name)
            self.assertEqual(len({str(gap) for gap in found}), len(found), name)


class Table(unittest.TestCase):
    def test_target_is_of_lines_or_of_functions(self) -> None:
        self.assertFalse(coverage.row(V4, source(), []).met)
        self.assertFalse(coverage.row(ITS, source(), gaps("unused counted x")).met)
        self.assertTrue(coverage.row(ITS, source(), gaps("unused foreign x")).met)
        self.assertEqual(coverage.row("x/vgic.c", source(), []).target, "-")

    def test_table_says_what_is_not_met(self) -> None:
        rows = [coverage.row(V4, source(), []), coverage.row("x/vgic.c", source(), [])]
        lines = coverage.table(rows)
        self.assertIn("irq-gic-v4.c", lines[1])
        self.assertIn("3/7", lines[1])
        self.assertTrue(lines[1].endswith("95% of lines, NOT MET"))
        self.assertTrue(lines[2].endswith("-"))

    def test_files_of_the_table(self) -> None:
        self.assertTrue(coverage.wanted(ITS))
        self.assertTrue(coverage.wanted("arch/arm64/kvm/vgic/vgic.c"))
        self.assertFalse(coverage.wanted("arch/arm64/kvm/vgic/vgic.h"))
        self.assertFalse(coverage.wanted("arch/arm64/kvm/vgic/tests/vlpi-none.c"))
        self.assertFalse(coverage.wanted("arch/um/vgic/its.c"))

    def test_judge(self) -> None:
        said = coverage.judge({V4: source()}, {V4: gaps("unused foreign x"), "gone.c": []})
        self.assertIn(f"{V4}: used:2-3: never executed", said)
        self.assertIn(f"{ITS}: gcov knows nothing of it", said)
        self.assertTrue(any(text.startswith("gone.c: ") for text in said))


if __name__ == "__main__":
    unittest.main()
