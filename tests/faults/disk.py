"""A small disk of a test's own, which may be full or fail, and another process that holds the file on it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

#: Megabytes; an empty ledger takes less than one.
SIZE = 16
_FILLER = "filler"
#: Finds programs by PATH; where one is missing it ends with a failure.
_ENV = "/usr/bin/env"
_HOLD = """
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1], isolation_level=None)
ledger.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Disk:
    folder: Path

    @property
    def ledger(self) -> Path:
        return self.folder / "desk.db"

    def fill(self) -> None:
        """Not one more byte is free."""
        with (self.folder / _FILLER).open("ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                while _takes(filler.write, bytes(size)):
                    pass

    def free(self) -> None:
        (self.folder / _FILLER).unlink()

    def fail(self) -> None:
        """As after a fault of the medium: from now on it may only be read, by whoever has a file open, too."""
        _root("mount", "-o", "remount,abort", self.folder)

    def replace(self, by: Path) -> None:
        """Another one has its place, with what stands on it; `by` is its new folder."""
        by.mkdir()
        for file in self.folder.glob("desk.db*"):
            # The shared memory is of whoever has the file open.
            if not file.name.endswith("-shm"):
                shutil.copy(file, by)
        _root("mount", "--bind", by, self.folder)


def _takes(write: Callable[[bytes], int | None], data: bytes) -> bool:
    try:
        return write(data) == len(data)
    except OSError:
        return False


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """One that may be full. Skips the test where nothing may be mounted."""
    folder.mkdir()
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={SIZE}m", "none"):
        yield Disk(folder)


@contextmanager
def failing_disk(folder: Path) -> Iterator[Disk]:
    """One that may `fail`, too: ext4 in a file."""
    folder.mkdir()
    image = folder.with_suffix(".image")
    with image.open("wb") as file:
        file.truncate(SIZE << 20)
    made = subprocess.run([_ENV, "mkfs.ext4", "-q", "-F", image], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mkfs.ext4 is missing: apt-get install e2fsprogs")
    with _mounted(folder, "-o", "loop,errors=remount-ro", image):
        yield Disk(folder)


@contextmanager
def _mounted(folder: Path, *how: str | Path) -> Iterator[None]:
    if subprocess.run([_ENV, "mount", *how, folder], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield
    finally:
        # One that stands over it, too: it may be of the same device, which looks like no mount.
        while not subprocess.run([_ENV, "umount", "-l", folder], capture_output=True, check=False).returncode:
            pass


def _root(*command: str | Path) -> None:
    subprocess.run([_ENV, *command], check=True, capture_output=True)


@asynccontextmanager
async def held_by_another(file: Path) -> AsyncIterator[None]:
    """By a process that writes to it and does not end."""
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLD, file, stdin=pipe, stdout=pipe)
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    yield
    holder.stdin.close()
    await holder.wait()
