# SPDX-License-Identifier: GPL-2.0
import os
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List
from unittest import mock

from tools.common.ui import UserError
from tools.testing.vgic import mutate, mutate_build, mutate_run, mutate_source, mutate_table
from tools.testing.vgic.mutate_source import Mutant, Source

CODE = """\
static int count(struct vm *vm, int nr)
{
	int i, ret;

	raw_spin_lock(&vm->lock);
	ret = look(vm, 0);
	if (ret < 0 && !vm->dead) {
		raw_spin_unlock(&vm->lock);
		return -EINVAL;
	}
	vm->nr = sum(nr, ret + i);
	raw_spin_unlock(&vm->lock);
	pr_info("done\\n");

	return 0;
}
"""


def point(rule: str, *texts: str, function: str = "count", nth: int = 0) -> str:
    """A line as points.cocci prints it, for the nth place of each text."""
    spans = []
    for text in texts:
        start = -1
        for _ in range(nth + 1):
            start = CODE.index(text, start + 1)
        line = CODE.count("\n", 0, start) + 1
        column = start - (CODE.rfind("\n", 0, start) + 1)
        spans.append(f"{line}:{column}-{line}:{column + len(text)}")
    return f"POINT {rule} {function} {' '.join(spans)}"


POINTS = [
    point("statement", "raw_spin_lock(&vm->lock)"),
    point("statement", "raw_spin_unlock(&vm->lock)"),
    point("statement", "raw_spin_unlock(&vm->lock)", nth=1),
    point("statement", "ret = look(vm, 0)"),
    point("statement", 'pr_info("done\\n")'),
    point("condition", "ret < 0 && !vm->dead"),
    point("condition", "ret < 0"),
    point("condition", "!vm->dead"),
    point("jump", "return -EINVAL;"),
    point("jump", "return 0;"),
    point("code", "EINVAL"),
    "POINT bound count 7:5-7:8 7:11-7:12",
    "POINT swap count 11:14-11:16 11:18-11:25",
]


def source(points: List[str], globs: str = "*") -> Source:
    made = Source("x/file.c", CODE, [globs])
    made.add_points(points)
    return made


def mutant(name: str, operator: str = "delete", path: str = "a/mock-msi.c") -> Mutant:
    return Mutant(1, name, path, "f", 3, operator, "before", "after")


def result(verdict: str, **more: Any) -> Dict[str, Any]:
    return {"verdict": verdict, "test": "", "stage": "", "seconds": 1.0, "reached": True, **more}


class SourceTest(unittest.TestCase):
    def test_lines_stay_where_they_are(self) -> None:
        made = source(POINTS)
        made.mutants(1)
        text = made.render()
        head = '#include <vgic-mutant.h>\n#line 1 "x/file.c"\n'
        self.assertTrue(text.startswith(head))
        mutated = text[len(head) :].splitlines()
        original = CODE.splitlines()
        self.assertEqual(len(mutated), len(original))
        self.assertIn("pr_info", mutated[12])
        self.assertEqual(mutated[12], original[12])

    def test_each_operator_has_its_words(self) -> None:
        made = source(POINTS)
        found = {m.name.split(".", 2)[2]: m for m in made.mutants(1)}
        self.assertEqual(
            sorted(found),
            ["bound-1", "delete-1", "delete-2", "errno-1", "lock-1", "negate-1", "negate-2", "swap-1"],
        )
        text = made.render().splitlines()
        number = {name: m.number for name, m in found.items()}
        self.assertEqual(
            text[7], f"\t{{ if (!mutant({number['delete-1']})) ret = look(vm, 0); }}"
        )
        self.assertIn(f"(mutant({number['errno-1']}) ? -EDOM : -EINVAL)", text[10])
        self.assertIn(
            f"MUT_NOT({number['negate-1']}, MUT_BOUND({number['bound-1']}, ret, <, <=, 0))", text[8]
        )
        self.assertIn(
            f"sum(MUT_PICK({number['swap-1']}, ret + i, nr), "
            f"MUT_PICK({number['swap-1']}, nr, ret + i))",
            text[12],
        )

    def test_a_lock_goes_with_all_its_unlocks(self) -> None:
        made = source(POINTS[:3])
        only = made.mutants(1)
        self.assertEqual([m.operator for m in only], ["lock"])
        self.assertEqual(made.render().count("mutant(1)"), 3)

    def test_half_a_lock_is_told(self) -> None:
        made = source(POINTS[1:3])
        self.assertEqual(made.mutants(1), [])
        self.assertEqual(made.dropped, ["count: only one half of the lock &vm->lock"])

    def test_composite_conditions_are_negated_by_their_parts(self) -> None:
        made = source([point("condition", "ret < 0 && !vm->dead")])
        self.assertEqual(made.mutants(1), [])

    def test_what_only_tells_is_left_alone(self) -> None:
        self.assertEqual(source([point("statement", 'pr_info("done\\n")')]).mutants(1), [])

    def test_last_return_is_left_alone(self) -> None:
        self.assertEqual(source([point("jump", "return 0;")]).mutants(1), [])

    def test_functions_out_of_scope_have_none(self) -> None:
        self.assertEqual(source(POINTS, globs="other_*").mutants(1), [])

    def test_a_point_found_twice_is_one(self) -> None:
        self.assertEqual(len(source([POINTS[3], POINTS[3] + " "]).mutants(1)), 1)

    def test_arguments(self) -> None:
        self.assertEqual(mutate_source.arguments("guard(mutex)(&a->b)"), ["&a->b"])
        self.assertEqual(mutate_source.arguments("f(a, g(b, c), d[1, 2])"), ["a", "g(b, c)", "d[1, 2]"])

    def test_at_top(self) -> None:
        self.assertTrue(mutate_source.at_top("(a && b)", "&&"))
        self.assertFalse(mutate_source.at_top("f(a && b)", "&&"))
        self.assertFalse(mutate_source.at_top("!(a && b)", "&&"))

    def test_scope_names_files_and_functions(self) -> None:
        scope = dict(mutate_source.scope())
        self.assertEqual(scope["arch/arm64/kvm/vgic/mock-msi.c"], ["*"])
        self.assertIn("its_vlpi_*", scope["drivers/irqchip/irq-gic-v3-its.c"])


class LinksTest(unittest.TestCase):
    def test_only_what_differs_is_no_link(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            tree, farm = Path(scratch) / "tree", Path(scratch) / "farm"
            for name in ("a/b/x.c", "a/b/y.c", "a/c/z.c", "Makefile", "tools/testing/kunit/kunit.py"):
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                (tree / name).write_text(name)
            farm.mkdir()
            mutate_build.make_links(tree, farm, ["a/b/x.c"])
            mutate_build.write(farm / "a/b/x.c", "mutated")
            self.assertEqual((tree / "a/b/x.c").read_text(), "a/b/x.c")
            self.assertTrue((farm / "a/b/y.c").is_symlink())
            self.assertTrue((farm / "a/c").is_symlink())
            self.assertFalse((farm / "tools/testing/kunit/kunit.py").is_symlink())
            (tree / "a/b/y.c").unlink()
            mutate_build.make_links(tree, farm, ["a/b/x.c"])
            self.assertFalse((farm / "a/b/y.c").is_symlink())
            self.assertEqual((farm / "a/b/x.c").read_text(), "mutated")


class BootTest(unittest.TestCase):
    """A script plays the kernel."""

    def boot(self, script: str, silence: float = 20.0) -> mutate_run.Outcome:
        with tempfile.TemporaryDirectory() as scratch:
            kernel = Path(scratch) / "linux"
            kernel.write_text(f"#!{sys.executable}\nimport sys, time\n{script}\n")
            kernel.chmod(0o755)
            stage = mutate_run.Stage("quick", "linux", 1, "*", silence, 60.0)
            return mutate_run.boot(stage, Path(scratch), ["mutant=3"])

    def test_end_is_survival(self) -> None:
        outcome = self.boot("print('mutant 3 reached'); print('[ 1.0] reboot: System halted')")
        self.assertEqual((outcome.verdict, outcome.reached), ("survived", [3]))

    def test_failed_parameter_is_named_and_ends_the_boot(self) -> None:
        outcome = self.boot(
            "print('[    0.1]     # Subtest: suite')\n"
            "print('[    0.1]         # Subtest: case')\n"
            "print('[    0.1]     # case: EXPECTATION FAILED at file.c:3')\n"
            "print('[    0.1]         not ok 2 two vCPUs', flush=True)\n"
            "time.sleep(60)"
        )
        self.assertEqual((outcome.verdict, outcome.test), ("test", "suite.case.two vCPUs"))
        self.assertIn("file.c:3", outcome.said)

    def test_failed_case_after_one_with_parameters(self) -> None:
        outcome = self.boot(
            "print('    # Subtest: suite')\n"
            "print('        # Subtest: before')\n"
            "print('    ok 1 before')\n"
            "print('    not ok 2 after')"
        )
        self.assertEqual(outcome.test, "suite.after")

    def test_splat_ends_the_boot(self) -> None:
        outcome = self.boot("print('WARNING: CPU: 0 PID: 1 at a.c:3', flush=True); time.sleep(60)")
        self.assertEqual(outcome.verdict, "splat")

    def test_silence_is_a_hang(self) -> None:
        outcome = self.boot("print('here', flush=True); time.sleep(60)", silence=3)
        self.assertEqual((outcome.verdict, outcome.said), ("hang", "here"))

    def test_early_end_is_a_crash(self) -> None:
        self.assertEqual(self.boot("print('ok 1 suite')").verdict, "crash")

    def test_stages_end_with_the_kill(self) -> None:
        outcomes = [
            mutate_run.Outcome("survived", "", "", [7], []),
            mutate_run.Outcome("test", "suite.case", "said", [], []),
        ]
        stages = [mutate_run.Stage(name, "linux", 1, "*", 1.0, 1.0) for name in ("a", "b", "c")]
        with mock.patch.object(mutate_run, "boot", side_effect=outcomes):
            made = mutate_run.run(7, stages, Path("."))
        self.assertEqual((made["verdict"], made["stage"], made["reached"]), ("test", "b", True))


class TableTest(unittest.TestCase):
    def test_counts_and_score(self) -> None:
        mutants = [mutant(name) for name in ("a", "b", "c", "d")]
        results = {
            "a": result("test", test="suite.case.x"),
            "b": result("hang"),
            "c": result("survived"),
            "d": result("survived", reached=False),
        }
        even = {"c": ("before", "because")}
        verdicts = mutate_table.judge(mutants, results, even, ["a", "b", "c", "d"])
        row = verdicts.rows[0]
        self.assertEqual((row.total, row.survived, row.unreached, row.equivalent), (4, 1, 1, 1))
        self.assertAlmostEqual(row.score, 200 / 3)
        self.assertEqual(verdicts.killers["suite.case"], 1)
        self.assertEqual(verdicts.wrong, [])
        self.assertEqual(len(mutate_table.missed(verdicts.rows)), 1)

    def test_equivalents_are_held_to_their_word(self) -> None:
        mutants = [mutant("a"), mutant("b")]
        results = {"a": result("test", test="suite.case"), "b": result("survived")}
        even = {"a": ("before", "x"), "b": ("other", "y"), "gone": ("before", "z")}
        wrong = mutate_table.judge(mutants, results, even, ["a", "b"]).wrong
        self.assertEqual(len(wrong), 3)

    def test_file_of_equivalents(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "equivalent.txt"
            path.write_text("# why\na.f.delete-1 | x = 1;\n  never read,\n  never\n")
            self.assertEqual(
                mutate_table.equivalents(path), {"a.f.delete-1": ("x = 1;", "never read, never")}
            )
            path.write_text("a.f.delete-1 | x = 1;\na.g.* | y();\n  never read\nb.f.c | z\n  so\n")
            self.assertEqual(
                mutate_table.equivalents(path),
                {
                    "a.f.delete-1": ("x = 1;", "never read"),
                    "a.g.*": ("y();", "never read"),
                    "b.f.c": ("z", "so"),
                },
            )
            path.write_text("a.f.delete-1 | x = 1;\n")
            self.assertRaises(UserError, mutate_table.equivalents, path)
        mutate_table.equivalents()

    def test_equivalents_by_glob(self) -> None:
        mutants = [mutant("a.f.delete-1"), mutant("a.g.delete-2"), mutant("b.f.delete-1")]
        even = {"a.*": ("before", "x"), "b.*": ("other", "y")}
        self.assertEqual(
            mutate_table.expanded(even, mutants),
            {"a.f.delete-1": ("before", "x"), "a.g.delete-2": ("before", "x"), "b.*": ("other", "y")},
        )


class ChoiceTest(unittest.TestCase):
    MUTANTS = [mutant(f"mock-msi.f.delete-{i}") for i in range(20)]
    MUTANTS += [mutant("vgic-v4.f.lock-1", path="b/vgic-v4.c")]

    def asked(self, **environment: str) -> mutate.Wanted:
        names = ("MUTANTS", "FILES", "SAMPLE", "SEED", "HOSTS", "JOBS", "STAGES", "KEEP")
        clean = {name: "" for name in names}
        with mock.patch.dict(os.environ, {**clean, **environment}):
            return mutate.wanted()

    def test_glob_and_files(self) -> None:
        chosen = mutate.select(self.MUTANTS, self.asked(MUTANTS="*.lock-*"))
        self.assertEqual([m.name for m in chosen], ["vgic-v4.f.lock-1"])
        chosen = mutate.select(self.MUTANTS, self.asked(FILES="mock-msi.c"))
        self.assertEqual(len(chosen), 20)
        self.assertRaises(UserError, mutate.select, self.MUTANTS, self.asked(FILES="none.c"))
        self.assertRaises(UserError, mutate.select, self.MUTANTS, self.asked(MUTANTS="none"))

    def test_sample_depends_on_the_seed_alone(self) -> None:
        first = mutate.select(self.MUTANTS, self.asked(SAMPLE="5", SEED="1"))
        again = mutate.select(self.MUTANTS, self.asked(SAMPLE="5", SEED="1"))
        other = mutate.select(self.MUTANTS, self.asked(SAMPLE="5", SEED="2"))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(len(first), 5)

    def test_bad_variables_are_refused(self) -> None:
        for name, value in (("SAMPLE", "0"), ("SEED", "x"), ("STAGES", "slow"), ("KEEP", "yes")):
            with self.assertRaisesRegex(UserError, name):
                self.asked(**{name: value})

    def test_hosts_get_kernel_and_runner(self) -> None:
        command = mutate.parallel(Path("jobs.txt"), self.asked(HOSTS="a,2/b"), ["plain"])
        at = command.index("--sshlogin")
        self.assertEqual(command[at + 1], "a,2/b")
        self.assertIn("linux-plain", command)
        self.assertNotIn("--sshlogin", mutate.parallel(Path("jobs.txt"), self.asked(), ["plain"]))


if __name__ == "__main__":
    unittest.main()
