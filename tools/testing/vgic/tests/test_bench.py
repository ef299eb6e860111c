# SPDX-License-Identifier: GPL-2.0
import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from tools.common.ui import UserError
from tools.kernel.tree import Tree
from tools.testing.vgic import bench


class BenchTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tree = Path(scratch.name)
        self.bench = bench.Bench(Tree(self.tree, "7.3", "Linux"), 3)

    def measure(self, name: str, limit: float, work: object) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            self.bench.measure(name, limit, work, 3)  # type: ignore[arg-type]

    def test_table_has_medians_and_says_what_is_over(self) -> None:
        self.bench.rows = [
            bench.Row("quick", 6, [bench.Sample(1, 1), bench.Sample(9, 2), bench.Sample(2, 3)]),
            bench.Row("slow", 1, [bench.Sample(2, 2)]),
        ]
        table = self.bench.table().splitlines()
        self.assertEqual(table[1].split(), ["quick", "2.00", "9.00", "2.00", "6", "3"])
        self.assertTrue(table[2].endswith("over"))

    def test_every_edit_differs(self) -> None:
        source = self.tree / bench.EDITED
        source.parent.mkdir(parents=True)
        source.write_text("int x;\n")
        seen = []
        work = self.bench.edit(lambda: seen.append(source.read_text()))
        self.measure("edit", 1, work)
        self.assertEqual(len(set(seen)), 3)

    def test_runs(self) -> None:
        for bad in ("0", "x", "101"):
            with mock.patch.dict(os.environ, {"RUNS": bad}):
                with self.assertRaisesRegex(UserError, "RUNS"):
                    bench.runs()


if __name__ == "__main__":
    unittest.main()
