"""Mutants of a module: drawn at random, put in place in this process, and named so that a name outlives other changes."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import inspect
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.operators import Edit, edits

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """
    One change of one module.

    Attributes:
        file: from the root of the project.
        number: counted in its module, in the order of the source.
        line: the source line, without its margin.
        what: the change in words.

    """

    file: str
    number: int
    lineno: int
    line: str
    what: str
    diff: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.file}:{self.number}"

    @property
    def module(self) -> str:
        return module_of(self.file)


def module_of(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


@cache
def parsed(file: str) -> tuple[ast.Module, Sequence[Edit]]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return tree, list(edits(tree))


def mutants_of(file: str) -> list[Mutant]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    found = []
    for number, edit in enumerate(parsed(file)[1]):
        lineno = getattr(edit.place.holds(), "lineno", edit.place.statement.lineno)
        line = lines[lineno - 1].strip()
        found.append(
            Mutant(file=file, number=number, lineno=lineno, line=line, what=edit.what, diff=edit.diff())
        )
    return found


def drawn(files: Sequence[str], seed: int, count: int) -> list[Mutant]:
    """Return so many of them, each as likely as the other; the same ones for the same source, seed and files."""
    all_of_them = [mutant for file in files for mutant in mutants_of(file)]
    return random.Random(seed).sample(all_of_them, min(count, len(all_of_them)))


def runs_at_import(mutant: Mutant) -> bool:
    """Whether it changes what the module does when it is imported; else it can be put into a loaded one."""
    tree, found = parsed(mutant.file)
    function = found[mutant.number].place.function
    return function is None or function in _called_at_import(tree)


def _called_at_import(tree: ast.Module) -> set[str]:
    """Names of functions that the module itself uses while it is imported, for example to build a table."""
    statements = [one for one in tree.body if isinstance(one, ast.Assign | ast.AnnAssign)]
    return {one.id for statement in statements for one in ast.walk(statement) if isinstance(one, ast.Name)}


def swap_in(mutant: Mutant) -> bool:
    """Give the loaded function the mutant's code, wherever it was imported to; False if that cannot be done."""
    tree, found = parsed(mutant.file)
    edit = found[mutant.number]
    name = edit.place.function
    if name is None:
        return False
    function = _function(sys.modules[mutant.module], name.split("."))
    code = _code(edit.compiled(tree, str(ROOT / mutant.file)), name)
    if function is None or code is None or function.__code__.co_freevars != code.co_freevars:
        return False
    function.__code__ = code
    return True


def _function(module: ModuleType, path: Sequence[str]) -> FunctionType | None:
    found: Any = module
    for name in path:
        found = vars(found).get(name)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, classmethod | staticmethod):
        found = found.__func__
    if (found is not None and not isinstance(found, FunctionType)) or isinstance(found, FunctionType):
        found = inspect.unwrap(found)
    return found if isinstance(found, FunctionType) else None


def _code(of: CodeType, name: str) -> CodeType | None:
    """Return the code of a function, or of a method, of a module."""
    for code in of.co_consts:
        if isinstance(code, CodeType):
            if code.co_qualname == name:
                return code
            if name.startswith(f"{code.co_qualname}."):
                return _code(code, name)
    return None


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, module: str, path: str, code: CodeType) -> None:
        super().__init__(module, path)
        self._changed = code

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - it loads one module
        return self._changed


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, module: str, path: Path, code: CodeType) -> None:
        self._module, self._path, self._code = module, path, code

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:  # noqa: ARG002
        if fullname != self._module:
            return None
        loader = _Loader(fullname, str(self._path), self._code)
        return spec_from_file_location(fullname, self._path, loader=loader)


def load_instead(file: str, code: CodeType) -> None:
    """When the module is imported, it is this code. It must not have been imported yet."""
    sys.meta_path.insert(0, _Finder(module_of(file), ROOT / file, code))


def compiled(mutant: Mutant) -> CodeType:
    tree, found = parsed(mutant.file)
    code = found[mutant.number].compiled(tree, str(ROOT / mutant.file))
    assert isinstance(code, CodeType)
    return code
