# SPDX-License-Identifier: GPL-2.0
#
# The front door. Everything that takes more than a line is in tools/.

# What may be given on the command line; make help explains. They travel by the
# environment, so that no value can be taken for shell syntax.
export KVER KDIR FIXES SUITE NCPUS KERNEL_ARGS TRACE DUMP FORMAT BENCH RUNS JOBS DEBIAN_MIRROR
export SECONDS COMMANDS SEED MACHINE REPLAY MUTANTS FILES SAMPLE HOSTS STAGES KEEP DEBUG UNPATCHED

tool := PYTHONDONTWRITEBYTECODE=1 PYTHONPATH='$(CURDIR)' python3 -m
packages := tools/kernel/packages.sh

# The kernel's make is started by the tools, with variables of its own.
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

.PHONY: help
help: ## list the targets (this)
	@echo 'Targets:'
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{ printf "  %-16s%s\n", $$1, $$2 }'
	@echo
	@sed -n 's/^## //p' Makefile

.PHONY: run
run: ## the main job: fetch, assemble, build UML, run SUITE (default vgic_vlpi) by kunit.py
	@$(packages) run
	@$(tool) tools.testing.vgic.run

.PHONY: check
check: ## all tests: suites with 1 and 2 CPUs, plain and debug; lint; arm64; ends with a count
	@$(packages) check
	@$(tool) tools.testing.vgic.check

.PHONY: check-all
check-all: check qemu qemu-diff qemu-selftest ## check, and then the same code on arm64, above QEMU

.PHONY: fixes
fixes: ## boot without the fixes of the kernel: the tests declared for each are red, no others
	@$(packages) run
	@$(tool) tools.testing.vgic.fixes

.PHONY: fuzz-model
fuzz-model: ## random commands to the machine and to a reference in Python, for SECONDS
	@$(packages) run
	@$(tool) tools.testing.vgic.fuzz

.PHONY: stress
stress: ## nothing is lost: devices, vCPUs, guest and VMM at random, on 1, 2 and 4 CPUs, for SECONDS
	@$(packages) run
	@$(tool) tools.testing.vgic.stress

.PHONY: fuzz-ioctl
fuzz-ioctl: ## random parameters to KVM_DEBUG_GIC_MSI_SETUP, against its contract, for SECONDS
	@$(packages) run
	@$(tool) tools.testing.vgic.fuzz_ioctl

.PHONY: arm64-objects
arm64-objects: ## cross-compile our files and the patched ones for arm64, W=1, no warnings
	@$(packages) check
	@$(tool) tools.testing.vgic.arm64

.PHONY: rules
rules: ## the rules of the architecture that the machine checks, and the test that proves each
	@$(packages) run
	@$(tool) tools.testing.vgic.rules

.PHONY: qemu
qemu: ## build arm64 with KVM, run SUITE (its_v4, vgic_vlpi) on it, above the GICv4 of QEMU
	@$(packages) qemu
	@$(tool) tools.testing.vgic.qemu

.PHONY: qemu-diff
qemu-diff: ## does the driver say the same, case by case, to our machine and to that of QEMU?
	@$(packages) qemu
	@$(tool) tools.testing.vgic.qemu_diff

.PHONY: qemu-selftest
qemu-selftest: ## build arm64 and run KVM selftests on it, nested, above the GICv4 of QEMU; DEBUG, UNPATCHED
	@$(packages) qemu
	@$(tool) tools.testing.vgic.qemu_selftest

.PHONY: mutate
mutate: ## break the kernel in all small ways, see which test notices; FILES, MUTANTS, HOSTS
	@$(packages) mutate
	@$(tool) tools.testing.vgic.mutate

.PHONY: faults
faults: ## which allocations the unwind suites have failed, which never, and what is leaked then
	@$(packages) run
	@$(tool) tools.testing.vgic.faults

.PHONY: coverage
coverage: ## which lines, branches and functions of vGIC and ITS drivers the suites execute, as HTML
	@$(packages) coverage
	@$(tool) tools.testing.vgic.coverage

.PHONY: bench
bench: ## how long a developer waits, and how fast the machine is: medians of RUNS (3)
	@$(packages) $(if $(filter qemu,$(BENCH)),qemu,run)
	@$(tool) tools.testing.vgic.bench

.PHONY: tree
tree: ## fetch a kernel and assemble build/linux-$(KVER): kernel + our files + our patches
	@$(packages) run
	@$(tool) tools.kernel.tree

.PHONY: refetch
refetch: ## fetch the newest point release of the kernel, even if one is cached
	@$(packages) run
	@$(tool) tools.kernel.tree --refresh

.PHONY: clean
clean: ## remove what was built; keep the assembled trees, and edits made in them
	rm -rf build/uml build/uml-* build/unfixed/uml-* build/arm64* build/*/arm64* build/fuzz build/coverage build/mutants build/logs
	@find build/linux-*/.kunit build/unfixed/linux-*/.kunit -mindepth 1 ! -name .kunitconfig -delete 2>/dev/null || true

.PHONY: distclean
distclean: ## remove build/ whole, edits made in it included; fetched kernels stay cached
	rm -rf build

## Variables:
##   KVER=7.3        kernel series, one of patches/*; fetched from this machine's Debian mirror
##   DEBIAN_MIRROR=u the mirror at this URL instead
##   KDIR=path       a kernel tree of your own instead; it is only read
##   FIXES=0         for run, tree: without patches/*/fixes, in build/unfixed; FIXES=-0003: without that one
##   DEBUG=1         for qemu-selftest: with lockdep and KASAN, and fewer random parameters
##   UNPATCHED=1     for qemu-selftest: the kernel as it comes, and its own selftests alone
##   FIXES=each      for fixes: one left out at a time, instead of all
##   SUITE=glob      for run: suites, or suites.cases: SUITE='vgic_vlpi*', SUITE=gicv4_model.vmovp_*
##   NCPUS=2         for run, stress: boot UML with this many CPUs
##   KERNEL_ARGS=... for run: more words for the kernel's command line
##   TRACE=system    for run: boot the tracing build and record events, TRACE=gicv4_model is the machine's
##   DUMP=1          for run: boot the tracing build; a test that fails prints what the machine holds
##   FORMAT=markdown for rules: print markdown
##   BENCH=model     for bench: only the machine's speed; BENCH=wait: only what a developer waits for;
##                   BENCH=growth: only what grows with the number of vLPIs;
##                   BENCH=qemu: the same suites on UML and above QEMU, side by side
##   SECONDS=60      for fuzz-model, fuzz-ioctl, stress: how long; COMMANDS=n: or how many commands, blocks
##   SEED=n          for fuzz-model, fuzz-ioctl, stress: the same sequences again; they print what they took
##   MACHINE=name    for fuzz-model, fuzz-ioctl, stress: only this one of the catalogue
##   REPLAY=file     for fuzz-model: what build/fuzz/ keeps of a difference
##   RUNS=n          for bench: how often each thing is measured; for stress: how many runs, instead of SECONDS
##   JOBS=n          compile jobs, default: one per CPU
##   FILES='a.c b.c' for mutate: mutants of these files only; MUTANTS='mock-msi.*.lock-*': of these names
##   SAMPLE=n        for mutate: n of them, for the same SEED the same
##   HOSTS=a,2/b     for mutate: on these ssh logins, as parallel --sshlogin takes them; JOBS=n: boots at a time
##   STAGES='quick'  for mutate: only these boots, by the names in Documentation/mutants.md; 'a; b' for two
##   KEEP=1          for mutate: after a change of tests, ask only for mutants that had survived
