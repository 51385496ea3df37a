"""Modules that are run at their first use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec, module_from_spec
from typing import Any


def later(name: str, filled: Callable[[], Mapping[str, Any]] = dict) -> None:
    """
    Let whoever imports this module get it empty; its own code runs when something of it is asked for (PEP 562).

    `filled` returns what is in it nevertheless. Changes nothing where the module is imported already. For one thread.
    """
    spec = find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return
    module, loader = module_from_spec(spec), spec.loader

    def whole(asked: str) -> Any:
        """Module attribute access, for what is not there yet."""
        if asked.startswith("__"):
            raise AttributeError(asked)
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, asked)

    sys.modules[name] = module
    vars(module).update(filled(), __getattr__=whole)
