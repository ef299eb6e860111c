# SPDX-License-Identifier: GPL-2.0
"""Tests of make faults: what it reads, and how it compares."""

import unittest

from tools.common.ui import UserError
from tools.testing.vgic import faults
from tools.testing.vgic.faults import Reason, Site

LOG = """\
[    0.1] FAULT_INJECTION: forcing a failure.
[    0.1] name failslab, interval 1, probability 0, space 0, times 0
[    0.1] Call Trace:
[    0.1]  [<60001000>] ? dump_stack+0x1/0x2
[    0.1]  [<60002000>] its_map_vlpi+0x10/0x20
[    0.1]     # failed_allocation_is_undone: setup: 1 allocations failed, one by one
[    0.1]  [<60003000>] nobody+0x1/0x2
[    0.2] FAULT_INJECTION: forcing a failure.
[    0.2]  [<60004000>] vgic_v4_init+0x10/0x20
"""

DISASSEMBLY = """\
0000000060000f00 <its_map_vlpi>:
    60000f00:\tcall   60009000 <__kmalloc_noprof>
    60000f05:\ttest   %rax,%rax
    60000f08:\tmov    $0x60009100,%rax
    60000f0f:\tcall   *%rax
    60000f11:\tmov    $0x60009200,%r12
    60000f18:\tmov    %rbx,%rdi
    60000f1b:\tcall   *%r12
    60000f1e:\tret

0000000060000f20 <next>:
    60000f20:\tcall   *%r12
    60000f23:\tret

0000000060009000 <__kmalloc_noprof>:
    60009000:\tret

0000000060009100 <mutex_lock>:
    60009100:\tret

0000000060009200 <xa_store>:
    60009200:\tret
"""

SITE = Site("virt/kvm/eventfd.c", "kvm_irqfd_assign", 12, "__kmalloc_noprof")
OTHER = Site("virt/kvm/irqchip.c", "kvm_set_irq_routing", 7, "__kmalloc_noprof")


class Reading(unittest.TestCase):
    def test_stacks(self) -> None:
        count, addresses = faults.failed_addresses(LOG.splitlines())
        self.assertEqual(count, 2)
        self.assertEqual(addresses, {0x60002000, 0x60004000})

    def test_calls_of_allocators_only(self) -> None:
        found = faults.calls(DISASSEMBLY.splitlines())
        self.assertEqual(found, {0x60000F05: "__kmalloc_noprof", 0x60000F1E: "xa_store"})

    def test_inlined_frames(self) -> None:
        frames = [
            ("kmalloc", "/b/linux/include/linux/slab.h:9"),
            ("its_vlpi_map", "/b/linux/arch/um/vgic/../../../drivers/irqchip/irq-gic-v3-its.c:19"),
        ]
        self.assertEqual(
            faults.place(frames), ("drivers/irqchip/irq-gic-v3-its.c", "its_vlpi_map", 19)
        )
        self.assertEqual(faults.place(frames[:1]), ("", "", 0))

    def test_list(self) -> None:
        found = faults.parse_list("# a comment\n\nvirt/kvm/eventfd.c f * at boot only\n")
        self.assertEqual(found, [Reason("virt/kvm/eventfd.c", "f", "*", "at boot only", 3)])
        with self.assertRaisesRegex(UserError, ":1: expected"):
            faults.parse_list("virt/kvm/eventfd.c f *\n")

    def test_our_list_reads(self) -> None:
        faults.parse_list(faults.LIST.read_text(encoding="utf-8"))


class Comparing(unittest.TestCase):
    def test_failed(self) -> None:
        hit, explained, wrong = faults.compare({1: SITE}, {1}, [])
        self.assertEqual((hit, explained, wrong), ({SITE}, {}, []))

    def test_never_failed_is_a_surprise(self) -> None:
        hit, _, wrong = faults.compare({1: SITE, 2: OTHER}, {1}, [])
        self.assertEqual(hit, {SITE})
        self.assertEqual(len(wrong), 1)
        self.assertIn("kvm_set_irq_routing", wrong[0])

    def test_one_copy_of_an_inlined_call_is_enough(self) -> None:
        _, _, wrong = faults.compare({1: SITE, 2: SITE}, {2}, [])
        self.assertEqual(wrong, [])

    def test_reason(self) -> None:
        reason = Reason(OTHER.file, OTHER.function, "*", "at boot", 1)
        _, explained, wrong = faults.compare({2: OTHER}, set(), [reason])
        self.assertEqual((explained, wrong), ({OTHER: "at boot"}, []))

    def test_reason_of_no_use(self) -> None:
        reason = Reason(OTHER.file, OTHER.function, "*", "at boot", 1)
        _, _, wrong = faults.compare({2: OTHER}, {2}, [reason])
        self.assertEqual(len(wrong), 1)


if __name__ == "__main__":
    unittest.main()
