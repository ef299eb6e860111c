# SPDX-License-Identifier: GPL-2.0
import unittest

from tools.testing.vgic import growth, model_bench


def figures(unset: int) -> model_bench.Figures:
    return model_bench.parse(
        f"[ 0.1] bench: unset_forwarding_16_ns={unset}\n"
        f"[ 0.1] bench: unset_forwarding_4096_ns={unset * 10}\n"
        "bench: set_forwarding_16_ns=100\nbench: set_forwarding_4096_ns=100\n"
        "bench: unset_forwarding_all_ns=1\n"
    )


class GrowthTest(unittest.TestCase):
    def test_points(self) -> None:
        self.assertEqual(growth.points(figures(7), "unset_forwarding"), {16: 7, 4096: 70})
        self.assertEqual(growth.points(figures(7), "set_forwarding"), {16: 100, 4096: 100})

    def test_ratio(self) -> None:
        lines = growth.table(figures(300), figures(100), 3)
        self.assertIn("medians of 3 boots", lines[0])
        self.assertEqual(lines[4].split(), ["ratio", "3.0x", "3.0x"])
        self.assertEqual(lines[8].split(), ["ratio", "1.0x", "1.0x"])

    def test_nothing_measured_is_said(self) -> None:
        nothing = model_bench.parse("")
        self.assertEqual(growth.table(nothing, figures(1), 1), [f"{growth.SUITE} said nothing"])


if __name__ == "__main__":
    unittest.main()
