"""Which functions of the program take which vector unit, by its disassembly."""

import os
import platform
import shutil
import subprocess

import pytest
from fitd import BINARY


@pytest.mark.skipif(platform.machine() != "x86_64", reason="one build has two vector units on x86-64 alone")
@pytest.mark.skipif(not shutil.which("objdump"), reason="no objdump (binutils)")
@pytest.mark.skipif(os.environ.get("NATIVE") == "1", reason="built for this processor throughout")
def test_wide_vectors_stand_in_a_module_of_their_own():
    """On a processor without AVX-512 one of its instructions ends the server; that module is called where there is it."""
    listing = subprocess.Popen(
        ["objdump", "-d", "--no-show-raw-insn", BINARY], stdout=subprocess.PIPE, text=True, errors="replace"
    )
    function, wide = "", set()
    for line in listing.stdout:
        if line.endswith(">:\n"):
            function = line.split("<", 1)[1][:-3]
        elif "%zmm" in line:
            wide.add(function)
    assert listing.wait() == 0
    assert wide, "no function takes AVX-512"
    assert [name for name in wide if "9WideTiles" not in name] == []
