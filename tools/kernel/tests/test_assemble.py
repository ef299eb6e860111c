# SPDX-License-Identifier: GPL-2.0
"""An assembled tree through its life, on a kernel of five files."""

import contextlib
import io
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tools.common.ui import Stage, UserError
from tools.kernel.assemble import Assembly
from tools.kernel.fetch import Kernel
from tools.kernel.source import DirSource, TarSource
from tools.kernel.tests.test_versions import make_kernel

HOOK = """\
Subject: hook

--- a/arch/um/Kconfig
+++ b/arch/um/Kconfig
@@ -1,2 +1,3 @@
 one
+source "arch/um/vgic/Kconfig"
 two
"""


@unittest.skipUnless(shutil.which("quilt"), "no quilt")
class AssembleTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        top = Path(scratch.name)
        self.kernel = top / "kernel"
        self.kernel.mkdir()
        make_kernel(self.kernel)
        (self.kernel / "arch/um/Kconfig").write_text("one\ntwo\n")
        (self.kernel / "fork.c").write_text("fork\n")
        self.repo = top / "repo"
        self.patches = self.repo / "patches/7.3"
        self.patches.mkdir(parents=True)
        (self.patches / "series").write_text("hook.patch\n")
        (self.patches / "hook.patch").write_text(HOOK)
        (self.repo / "virt").mkdir()
        (self.repo / "virt/ours.c").write_text("ours\n")
        (self.repo / "kunitconfig").write_text("CONFIG_KUNIT=y\n")
        self.tree = top / "build/linux-7.3"
        self.said = ""

    def assemble(self, source: object = None) -> str:
        heard = io.StringIO()
        chosen = source or DirSource(self.kernel, "7.3.4")
        with contextlib.redirect_stdout(heard):
            done = Assembly(
                self.tree, chosen, self.patches, Stage("tree"), self.repo  # type: ignore[arg-type]
            ).run()
        self.said = heard.getvalue()
        return done

    def tar(self, version: str = "7.3.4-1") -> TarSource:
        tarball = self.kernel.parent / f"linux-source-7.3-{version}.tar.xz"
        subprocess.run(
            ["tar", "-cJf", str(tarball), "-C", str(self.kernel.parent), "kernel"], check=True
        )
        return TarSource(Kernel("7.3", version, tarball))

    def read(self, name: str) -> str:
        return (self.tree / name).read_text()

    def kept(self) -> list:
        return [path for path in (self.tree.parent / "hand-edits").rglob("*") if path.is_file()]

    def age(self, name: str) -> int:
        """Make a file look old. Return: its mtime."""
        os.utime(self.tree / name, (1, 1))
        return os.stat(self.tree / name).st_mtime_ns

    def test_holds_kernel_ours_hooks_and_kunitconfig(self) -> None:
        self.assemble()
        self.assertEqual(self.read("fork.c"), "fork\n")
        self.assertEqual(self.read("virt/ours.c"), "ours\n")
        self.assertIn('source "arch/um/vgic/Kconfig"', self.read("arch/um/Kconfig"))
        self.assertEqual(self.read(".kunit/.kunitconfig"), "CONFIG_KUNIT=y\n")

    def test_from_a_tarball(self) -> None:
        self.assemble(self.tar())
        self.assertEqual(self.read("virt/ours.c"), "ours\n")
        self.assertIn("source", self.read("arch/um/Kconfig"))
        self.assertIn("up to date", self.assemble(self.tar()))

    def test_nothing_changed_writes_nothing(self) -> None:
        self.assemble()
        before = self.age("virt/ours.c")
        self.assertIn("up to date", self.assemble())
        self.assertEqual(os.stat(self.tree / "virt/ours.c").st_mtime_ns, before)

    def test_one_changed_file_is_the_only_one_written(self) -> None:
        (self.repo / "virt/other.c").write_text("other\n")
        self.assemble()
        before = self.age("virt/other.c")
        hooked = self.age("arch/um/Kconfig")
        (self.repo / "virt/ours.c").write_text("newer\n")
        self.assertIn("1 files changed", self.assemble())
        self.assertEqual(self.read("virt/ours.c"), "newer\n")
        self.assertEqual(os.stat(self.tree / "virt/other.c").st_mtime_ns, before)
        self.assertEqual(os.stat(self.tree / "arch/um/Kconfig").st_mtime_ns, hooked)

    def test_hand_edits_stay(self) -> None:
        self.assemble()
        for name in ("virt/ours.c", "fork.c", "arch/um/Kconfig"):
            (self.tree / name).write_text("edited\n")
        (self.repo / "virt/new.c").write_text("new\n")
        self.assemble()
        self.assertEqual(self.read("virt/new.c"), "new\n")
        for name in ("virt/ours.c", "fork.c", "arch/um/Kconfig"):
            self.assertEqual(self.read(name), "edited\n")

    def test_own_change_replaces_an_edit_says_so_and_keeps_it(self) -> None:
        self.assemble()
        (self.tree / "virt/ours.c").write_text("edited\n")
        (self.repo / "virt/ours.c").write_text("newer\n")
        self.assemble()
        self.assertEqual(self.read("virt/ours.c"), "newer\n")
        self.assertIn("virt/ours.c: changed in the repository, which replaces your edit", self.said)
        self.assertEqual([path.read_text() for path in self.kept()], ["edited\n"])

    def test_edit_that_the_repository_took_over_is_no_conflict(self) -> None:
        self.assemble()
        (self.tree / "virt/ours.c").write_text("same\n")
        (self.repo / "virt/ours.c").write_text("same\n")
        self.assertIn("0 files changed", self.assemble())
        self.assertEqual(self.kept(), [])

    def test_edit_of_a_file_that_becomes_patched_is_kept(self) -> None:
        for source in (None, self.tar()):
            with self.subTest(source=source):
                shutil.rmtree(self.tree.parent, ignore_errors=True)
                (self.patches / "series").write_text("")
                self.assemble(source)
                (self.tree / "arch/um/Kconfig").write_text("edited\n")
                (self.patches / "series").write_text("hook.patch\n")
                self.assemble(source)
                self.assertIn("source", self.read("arch/um/Kconfig"))
                self.assertEqual([path.read_text() for path in self.kept()], ["edited\n"])

    def test_deleted_file_comes_back(self) -> None:
        self.assemble()
        (self.tree / ".kunit/.kunitconfig").unlink()
        self.assemble()
        self.assertEqual(self.read(".kunit/.kunitconfig"), "CONFIG_KUNIT=y\n")

    def test_file_that_is_no_longer_ours_goes(self) -> None:
        for source in (None, self.tar()):
            with self.subTest(source=source):
                shutil.rmtree(self.tree.parent, ignore_errors=True)
                (self.repo / "virt/ours.c").write_text("ours\n")
                (self.patches / "series").write_text("hook.patch\n")
                self.assemble(source)
                (self.repo / "virt/ours.c").unlink()
                (self.patches / "series").write_text("")
                self.assemble(source)
                self.assertFalse((self.tree / "virt/ours.c").exists())
                self.assertEqual(self.read("arch/um/Kconfig"), "one\ntwo\n")

    def test_patch_that_does_not_fit_changes_nothing(self) -> None:
        self.assemble()
        (self.repo / "virt/ours.c").write_text("newer\n")
        (self.patches / "hook.patch").write_text(HOOK.replace(" two", " three"))
        with self.assertRaisesRegex(UserError, r"arch/um/Kconfig: hunk #1(.|\n)*as it was"):
            self.assemble()
        self.assertEqual(self.read("virt/ours.c"), "ours\n")
        self.assertIn("source", self.read("arch/um/Kconfig"))

    def test_patch_that_does_not_fit_makes_no_tree(self) -> None:
        (self.patches / "hook.patch").write_text(HOOK.replace(" two", " three"))
        for source in (None, self.tar()):
            with self.assertRaisesRegex(UserError, "was not made"):
                self.assemble(source)
            self.assertEqual(list(self.tree.parent.iterdir()), [])

    def test_kernel_that_has_our_file_already(self) -> None:
        (self.kernel / "virt/ours.c").write_text("upstream\n")
        with self.assertRaisesRegex(UserError, "virt/ours.c of its own"):
            self.assemble()
        self.assertFalse(self.tree.exists())

    def test_changes_of_kdir_are_carried_over(self) -> None:
        (self.kernel / "gone.c").write_text("gone\n")
        self.assemble()
        (self.kernel / "fork.c").write_text("forked\n")
        (self.kernel / "gone.c").unlink()
        (self.kernel / "new.c").write_text("new\n")
        (self.kernel / "arch/um/Kconfig").write_text("zero\none\ntwo\n")
        self.assertIn("4 files changed", self.assemble())
        self.assertEqual(self.read("fork.c"), "forked\n")
        self.assertEqual(self.read("new.c"), "new\n")
        self.assertFalse((self.tree / "gone.c").exists())
        self.assertTrue(self.read("arch/um/Kconfig").startswith("zero\none\nsource"))
        self.assertIn("up to date", self.assemble())

    def test_changed_copy_looks_new_to_make(self) -> None:
        self.assemble()
        (self.kernel / "fork.c").write_text("forked\n")
        os.utime(self.kernel / "fork.c", (1, 1))
        self.assemble()
        self.assertGreater(os.stat(self.tree / "fork.c").st_mtime, 1)

    def test_touched_but_equal_is_not_written(self) -> None:
        self.assemble()
        before = self.age("fork.c")
        os.utime(self.kernel / "fork.c", None)
        self.assemble()
        self.assertEqual(os.stat(self.tree / "fork.c").st_mtime_ns, before)

    def test_edit_of_a_file_that_changes_in_kdir_is_kept_aside(self) -> None:
        self.assemble()
        (self.tree / "fork.c").write_text("edited\n")
        (self.kernel / "fork.c").write_text("forked\n")
        self.assemble()
        self.assertEqual(self.read("fork.c"), "forked\n")
        self.assertIn("changed in KDIR, which replaces your edit", self.said)
        self.assertEqual([path.read_text() for path in self.kept()], ["edited\n"])

    def test_kdir_is_never_written_to(self) -> None:
        for path in self.kernel.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = {path: os.lstat(path).st_mtime_ns for path in self.kernel.rglob("*")}
        self.assemble()
        (self.tree / "fork.c").write_text("edited\n")
        self.assemble()
        self.assertEqual(
            {path: os.lstat(path).st_mtime_ns for path in self.kernel.rglob("*")}, before
        )
        self.assertEqual((self.kernel / "fork.c").read_text(), "fork\n")

    def test_build_products_of_kdir_stay_behind(self) -> None:
        products = [".config", "fork.o", "include/config/auto.conf", ".fork.o.cmd"]
        products += ["include/generated/autoconf.h", "arch/um/include/generated/asm/x.h"]
        for name in products + ["include/linux.h"]:
            (self.kernel / name).parent.mkdir(parents=True, exist_ok=True)
            (self.kernel / name).write_text("")
        self.assemble()
        self.assertTrue((self.tree / "include/linux.h").exists())
        for name in products:
            self.assertFalse((self.tree / name).exists(), name)

    def test_kdir_in_git_with_uncommitted_work(self) -> None:
        def git(*args: str) -> None:
            subprocess.run(
                ["git", "-c", "user.name=x", "-c", "user.email=x@y.z", *args],
                cwd=self.kernel,
                check=True,
                stdout=subprocess.DEVNULL,
            )

        (self.kernel / ".gitignore").write_text("*.tmp\n")
        (self.kernel / "deleted.c").write_text("")
        git("init", "-q")
        git("add", "-A")
        git("commit", "-qm", "x")
        (self.kernel / "fork.c").write_text("dirty\n")
        (self.kernel / "untracked.c").write_text("untracked\n")
        (self.kernel / "ignored.tmp").write_text("")
        (self.kernel / "deleted.c").unlink()
        self.assemble()
        self.assertEqual(self.read("fork.c"), "dirty\n")
        self.assertEqual(self.read("untracked.c"), "untracked\n")
        for name in ("ignored.tmp", "deleted.c", ".git"):
            self.assertFalse((self.tree / name).exists(), name)

    def test_another_source_makes_the_tree_anew_and_keeps_edits(self) -> None:
        self.assemble()
        (self.tree / "fork.c").write_text("edited\n")
        (self.kernel / "fork.c").write_text("other\n")
        self.assemble(self.tar())
        self.assertEqual(self.read("fork.c"), "other\n")
        self.assertIn("is made anew", self.said)
        self.assertEqual([path.read_text() for path in self.kept()], ["edited\n"])

    def test_foreign_directory_is_not_touched(self) -> None:
        self.tree.mkdir(parents=True)
        (self.tree / "mine").write_text("mine\n")
        with self.assertRaisesRegex(UserError, "did not make it"):
            self.assemble()
        self.assertEqual(self.read("mine"), "mine\n")


if __name__ == "__main__":
    unittest.main()
