# SPDX-License-Identifier: GPL-2.0
import tempfile
import unittest
from pathlib import Path

from tools.common.ui import UserError
from tools.testing.vgic import tracing

LOG = """\
[    0.000000] Kernel command line: trace_event=gicv4_model:* tp_printk
[    0.016000] gicv4_cmd: its=0 raw=08,00,00,00 error=000000 ignored=0 MAPD
[    0.016000]     KTAP version 1
[    0.017000] gicv4_model: a message that is no event
[    0.018000]     ok 1 some_case
[    0.019000] gicv4_doorbell: vpeid=1 cpu=0 intid=12289
[    0.020000]     not ok 2 other_case
[    0.021000] ok 1 suite
"""


class KernelArgs(unittest.TestCase):
    def test_nothing_wanted_is_the_plain_build(self) -> None:
        self.assertEqual(tracing.kernel_args("", ""), [])
        self.assertEqual(tracing.kernel_args("", "0"), [])

    def test_a_system_is_all_its_events(self) -> None:
        self.assertEqual(
            tracing.kernel_args("gicv4_model,irq:irq_handler_entry", ""),
            ["trace_event=gicv4_model:*,irq:irq_handler_entry", "tp_printk"],
        )

    def test_dump_is_a_parameter_of_the_machine(self) -> None:
        self.assertEqual(tracing.kernel_args("", "1"), ["gicv4_model.dump_at_end=1"])

    def test_other_words_are_refused(self) -> None:
        for given in ("a b", "gicv4_model;", "a,,b", "a:b:c"):
            with self.assertRaises(UserError):
                tracing.kernel_args(given, "")
        with self.assertRaises(UserError):
            tracing.kernel_args("", "yes")


class Events(unittest.TestCase):
    def test_events_stand_above_the_case_they_belong_to(self) -> None:
        self.assertEqual(
            list(tracing.events(LOG.splitlines())),
            [
                "[    0.016000] gicv4_cmd: its=0 raw=08,00,00,00 error=000000 ignored=0 MAPD",
                "# ok 1 some_case",
                "[    0.019000] gicv4_doorbell: vpeid=1 cpu=0 intid=12289",
                "# not ok 2 other_case",
            ],
        )

    def test_saved_beside_the_log(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            log = Path(directory) / "20260101-000000-uml-all-1cpu.log"
            log.write_text(LOG)
            saved = tracing.save(log)
            self.assertEqual(saved.name, "20260101-000000-uml-all-1cpu.trace")
            self.assertEqual(len(saved.read_text().splitlines()), 4)


if __name__ == "__main__":
    unittest.main()
