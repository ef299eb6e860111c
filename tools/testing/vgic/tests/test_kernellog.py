# SPDX-License-Identifier: GPL-2.0
import unittest

from tools.testing.vgic import kernellog

# As kernels print them.
SPLATS = {
    "WARN_ON": """\
[    0.120000] ------------[ cut here ]------------
[    0.120000] WARNING: drivers/irqchip/irq-gic-v3-its.c:3821 at its_vpe_irq_domain_activate+0x1d/0x40, CPU#0: kunit_try_catch/55
[    0.120000] Modules linked in:
[    0.120000] Call Trace:
[    0.120000] ---[ end trace 0000000000000000 ]---
""",
    "WARN_ON of older kernels": """\
------------[ cut here ]------------
WARNING: CPU: 1 PID: 55 at drivers/irqchip/irq-gic-v4.c:300 its_map_vlpi+0x4c/0x60
""",
    "BUG": "[    0.10] kernel BUG at mm/slub.c:634!",
    "NULL dereference": "BUG: kernel NULL pointer dereference, address: 0000000000000008",
    "KASAN": """\
[    1.200000] ==================================================================
[    1.200000] BUG: KASAN: slab-out-of-bounds in its_vpe_db_proxy_map_locked+0x54/0x120
[    1.200000] Write of size 8 at addr 0000000061a0b008 by task kunit_try_catch/61
""",
    "lockdep": """\
[    0.900000] ======================================================
[    0.900000] WARNING: possible circular locking dependency detected
[    0.900000] 7.3.4 #1 Not tainted
""",
    "lockdep, irq": "WARNING: inconsistent lock state",
    "lockdep, wait context": "[ BUG: Invalid wait context ]",
    "rcu": "WARNING: suspicious RCU usage",
    "rcu stall": "rcu: INFO: rcu_sched self-detected stall on CPU",
    "sleeping": "BUG: sleeping function called from invalid context at mm/slab.h:413",
    "scheduling": "BUG: scheduling while atomic: kunit_try_catch/55/0x00000002",
    "hung": "INFO: task kunit_try_catch:55 blocked for more than 120 seconds.",
    "panic": "Kernel panic - not syncing: Segfault with no mm",
    "lockup": "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [kunit_try_catch:55]",
    "leak": "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
    "refcount": "refcount_t: underflow; use-after-free.",
    "list": "list_del corruption. prev->next should be 0000, but was 0001",
    "UBSAN": "UBSAN: array-index-out-of-bounds in arch/arm64/kvm/vgic/vgic-its.c:90:12",
    "trace alone": "Call Trace:",
    "leaked page": "BUG: Bad page state in process kunit_try_catch  pfn:00b40",
    "debug objects": "ODEBUG: free active (active state 0) object type: timer_list",
}

CLEAN = """\
Core dump limits :
Checking that ptrace can change system call numbers...OK
[    0.000000] Linux version 7.3.4 (root@host) (gcc (Debian 12.2.0) 12.2.0) #3 SMP Sun Nov 22
[    0.050000] rcu: Hierarchical RCU implementation.
[    0.050000] setup_one_line failed for device 10 : failed to parse channel pair
[    0.050000] Warning: unable to open an initial console.
[    0.050000] kvm [1]: GICv3: no GICV resource entry
[    0.050000] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
[    0.050000] KTAP version 1
    ok 1 setup_refuses_bug_in_table
    # WARNING: a test's name may hold any word
    not ok 2 survives_Oops
[    0.050000] reboot: System halted
"""


class ScanTest(unittest.TestCase):
    def test_each_splat_is_found_once(self) -> None:
        for name, text in SPLATS.items():
            with self.subTest(name):
                self.assertEqual(len(kernellog.scan(text.splitlines())), 1)

    def test_says_what_follows_the_scissors(self) -> None:
        found = kernellog.scan(SPLATS["WARN_ON"].splitlines())
        self.assertIn("irq-gic-v3-its.c:3821", found[0].text)
        self.assertEqual(found[0].line, 1)

    def test_two_splats_far_apart_are_two(self) -> None:
        text = SPLATS["WARN_ON"] + "quiet\n" * 100 + SPLATS["KASAN"]
        self.assertEqual(len(kernellog.scan(text.splitlines())), 2)

    def test_clean_log(self) -> None:
        self.assertEqual(kernellog.scan(CLEAN.splitlines()), [])

    def test_nothing_is_expected(self) -> None:
        self.assertEqual(kernellog.EXPECTED, [])


KTAP = """\
[    0.050000] KTAP version 1
[    0.050000] 1..2
    KTAP version 1
    # Subtest: vgic_vlpi
    1..4
    ok 1 plain
        KTAP version 1
        # Subtest: with_params
        ok 1 1 vCPU, direct
        not ok 2 2 vCPUs, ioctl
        ok 3 vCPUs 3, 1, 7 # SKIP one CPU only
    # with_params: pass:1 fail:1 skip:1 total:3
    not ok 2 with_params
    ok 3 left_out # SKIP needs two CPUs
    not ok 4 broken
not ok 1 vgic_vlpi
    KTAP version 1
    # Subtest: other
    1..1
    ok 1 fine
[    0.060000] ok 2 other
"""


class CountTest(unittest.TestCase):
    def test_leaves_are_counted_and_sums_are_not(self) -> None:
        self.assertEqual(kernellog.counts(KTAP.splitlines()), kernellog.Counts(3, 2, 2))

    def test_stamped_lines(self) -> None:
        stamped = [f"[    0.100000] {line}" for line in KTAP.splitlines() if line[:1] != "["]
        counted = kernellog.counts(stamped + ["[    0.2] ok 2 other"])
        self.assertEqual(counted, kernellog.Counts(3, 2, 2))

    def test_suite_cut_off_by_a_crash(self) -> None:
        lines = KTAP.splitlines()[:6] + ["Kernel panic - not syncing: died"]
        self.assertEqual(kernellog.counts(lines), kernellog.Counts(1, 0, 0))

    def test_suite_that_did_not_start(self) -> None:
        lines = ["ok 1 its_v4-v3_0 # SKIP v3.0: the machine has no vLPIs", "not ok 2 broken"]
        self.assertEqual(kernellog.counts(lines), kernellog.Counts(0, 1, 1))
        self.assertEqual(kernellog.counts(["ok 1 suite_without_a_case"]), kernellog.Counts(0, 0, 0))

    def test_empty(self) -> None:
        self.assertEqual(kernellog.counts([]), kernellog.Counts(0, 0, 0))


NEEDY = """\
    ok 1 plain
    ok 2 migrates # SKIP needs 2 CPUs: boot with ncpus=2
        ok 1 small
        ok 2 big # SKIP needs 4 CPUs
    ok 3 with_params
    ok 4 other # SKIP needs a debug kernel
ok 1 vgic_vlpi
    ok 1 next
ok 2 next_suite
"""


class NeedsCpusTest(unittest.TestCase):
    def test_cases_and_their_parameters(self) -> None:
        self.assertEqual(
            kernellog.needing_cpus(NEEDY.splitlines()),
            {"vgic_vlpi.migrates": 2, "vgic_vlpi.with_params": 4},
        )

    def test_none(self) -> None:
        self.assertEqual(kernellog.needing_cpus(KTAP.splitlines()), {})


if __name__ == "__main__":
    unittest.main()
