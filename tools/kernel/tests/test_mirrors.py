# SPDX-License-Identifier: GPL-2.0
import tempfile
import unittest
from pathlib import Path

from tools.kernel import mirrors

DEB822 = """\
Types: deb
# a comment inside
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: https://tools.example/apt
Suites: nodistro
Components: main
"""


class MirrorTest(unittest.TestCase):
    def test_deb822_gives_the_main_archive_only(self) -> None:
        found = mirrors.candidates(mirrors.parse_deb822(DEB822))
        self.assertEqual(found, ["http://mirror.example/debian"])

    def test_one_line_format_with_options_and_comments(self) -> None:
        text = (
            "# deb http://off.example/debian bookworm main\n"
            "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
            "http://on.example/debian trixie main contrib # why\n"
            "deb-src http://src.example/debian trixie main\n"
        )
        self.assertEqual(
            mirrors.candidates(mirrors.parse_one_line(text)), ["http://on.example/debian"]
        )

    def test_other_archives_with_debian_suite_names_are_left_out(self) -> None:
        text = (
            "deb [signed-by=/etc/apt/keyrings/x.gpg] http://x.example/debian bookworm main\n"
            "deb http://y.example/linux/debian bookworm stable\n"
            "deb http://security.example/debian-security bookworm-security main\n"
        )
        self.assertEqual(mirrors.candidates(mirrors.parse_one_line(text)), [])

    def test_signed_by_debian_comes_before_unsigned(self) -> None:
        text = (
            "deb http://old.example/apt bookworm main\n"
            "deb http://plain.example/debian bookworm main\n"
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
            "http://sure.example/debian bookworm main\n"
        )
        self.assertEqual(
            mirrors.candidates(mirrors.parse_one_line(text)),
            ["http://sure.example/debian", "http://plain.example/debian", "http://old.example/apt"],
        )

    def test_disabled_stanza_and_inline_key(self) -> None:
        off = DEB822.replace("Types: deb\n# a", "Types: deb\nEnabled: no\n# a", 1)
        self.assertEqual(mirrors.candidates(mirrors.parse_deb822(off)), [])
        inline = (
            "Types: deb deb-src\nURIs: http://k.example/debian\nSuites: stable\n"
            "Components: main\nSigned-By:\n -----BEGIN PGP-----\n .\n AbC\n -----END PGP-----\n"
        )
        entry = mirrors.parse_deb822(inline)[0]
        self.assertIn("AbC", entry.signed_by)

    def test_files_of_both_formats_are_read(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            etc = Path(name)
            (etc / "sources.list.d").mkdir()
            (etc / "sources.list").write_text("deb http://a.example/debian bookworm main\n")
            (etc / "sources.list.d/debian.sources").write_text(DEB822)
            (etc / "sources.list.d/notes.txt").write_text(
                "deb http://no.example/debian bookworm main\n"
            )
            found = mirrors.candidates(mirrors.read_sources(etc))
        self.assertEqual(found, ["http://mirror.example/debian", "http://a.example/debian"])

    def test_image_with_a_mirror_list(self) -> None:
        text = "deb mirror+file:/etc/apt/mirrors/debian.list bookworm main\n"
        self.assertEqual(
            mirrors.candidates(mirrors.parse_one_line(text)),
            ["mirror+file:/etc/apt/mirrors/debian.list"],
        )


if __name__ == "__main__":
    unittest.main()
