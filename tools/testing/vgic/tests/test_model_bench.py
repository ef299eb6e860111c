# SPDX-License-Identifier: GPL-2.0
import os
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest import mock

from tools.common.ui import UserError
from tools.testing.vgic import bench, curves, model_bench

LOG = """\
[    0.033000]     # commands: bench: cmd=INT order=near mapped=16 ns=100.0
[    0.033000]     # commands: bench: cmd=INT order=near mapped=64 ns=110.5
[    0.033000]     # commands: bench: cmd=INT order=far mapped=16 ns=90.0
[    0.033000]     # residency: bench: cmd=residency order=near mapped=16 ns=1200.0
[    0.033000]     # register_access: bench: register_ns=506 register_irqs_off_ns=29
[    0.033000]     # commands: bench: cmd=INT order=near mapped=sixteen ns=1
[    0.033000]     ok 1 commands
"""


class Lines(unittest.TestCase):
    def setUp(self) -> None:
        self.figures = model_bench.parse(LOG)

    def test_points_of_curves_and_single_figures(self) -> None:
        self.assertEqual(self.figures.curves[("INT", "near")], {16: 100.0, 64: 110.5})
        self.assertEqual(self.figures.curves[("INT", "far")], {16: 90.0})
        self.assertEqual(
            self.figures.single, {"register_ns": 506.0, "register_irqs_off_ns": 29.0}
        )

    def test_median_is_point_by_point(self) -> None:
        other = model_bench.parse(LOG.replace("ns=110.5", "ns=300.0").replace("=506", "=508"))
        third = model_bench.parse(LOG.replace("ns=100.0", "ns=7.0"))
        middle = model_bench.median([self.figures, other, third])
        self.assertEqual(middle.curves[("INT", "near")], {16: 100.0, 64: 110.5})
        self.assertEqual(middle.single["register_ns"], 506.0)

    def test_limits_and_flatness_are_told(self) -> None:
        rows = [line.split() for line in model_bench.table("SMP", self.figures)]
        near = next(row for row in rows if row[0] == "INT")
        self.assertEqual(near[1:4], ["100", "110", "1.10"])
        self.assertEqual(near[4:], ["met", "150:", "met"])
        residency = next(row for row in rows if row[0] == "residency")
        self.assertEqual(residency[-3:], ["1000:", "not", "met"])

    def test_too_slow_and_not_flat(self) -> None:
        slow = model_bench.parse(LOG.replace("ns=110.5", "ns=160.0"))
        near = next(
            line for line in model_bench.table("SMP", slow) if line.split()[0] == "INT"
        )
        self.assertEqual(near.split()[3:], ["1.60", "not", "met", "150:", "not", "met"])


class Driver(unittest.TestCase):
    def test_nothing_said_has_its_reason(self) -> None:
        self.assertEqual(
            model_bench.driver_table("SMP", {}, "no suite"),
            ["through the driver, SMP: not measured: no suite"],
        )

    def test_commands_have_the_limit_of_their_kernel(self) -> None:
        single = {"int_cmd_ns": 300.0, "map_unmap_ns": 900.0}
        self.assertIn("limit 400: met", model_bench.driver_table("SMP", single, "")[1])
        self.assertIn("limit 100: not met", model_bench.driver_table("SMP=n", single, "")[1])
        self.assertNotIn("limit", model_bench.driver_table("SMP", single, "")[2])

    def test_no_qemu_is_no_failure(self) -> None:
        with mock.patch("shutil.which", return_value=None):
            single, reason = model_bench.qemu_figures(Path("."))
        self.assertEqual(single, {})
        self.assertIn("not installed", reason)


class Curves(unittest.TestCase):
    def test_svg_is_well_formed_and_names_all(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = model_bench.plot(model_bench.parse(LOG), Path(directory))
            root = ElementTree.fromstring(path.read_text())
        texts = ["".join(element.itertext()) for element in root.iter() if "text" in element.tag]
        for word in ("INT", "residency", "mapped vLPIs", "ns per command", "16", "64"):
            self.assertIn(word, texts)
        self.assertEqual(len([e for e in root.iter() if e.tag.endswith("polyline")]), 3)

    def test_ticks_are_round(self) -> None:
        self.assertEqual(curves.step(248), 50)
        self.assertEqual(curves.step(781), 200)
        self.assertEqual(curves.step(4), 1)

    def test_labels_do_not_cover_each_other(self) -> None:
        places = sorted(curves.spread([50, 51, 52, 99, 100], 13, 100))
        self.assertTrue(all(b - a >= 13 for a, b in zip(places, places[1:])))
        self.assertLessEqual(places[-1], 100)


class Wanted(unittest.TestCase):
    def test_one_of_two_or_both(self) -> None:
        for given in ("", "wait", "model"):
            with mock.patch.dict(os.environ, {"BENCH": given}):
                self.assertEqual(bench.wanted(), given)
        with mock.patch.dict(os.environ, {"BENCH": "fast"}):
            with self.assertRaises(UserError):
                bench.wanted()


if __name__ == "__main__":
    unittest.main()
