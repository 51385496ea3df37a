"""
SQLAlchemy's asyncio part without its ORM, which the desk does not use.

`sqlalchemy.ext.asyncio` imports its sessions and with them the ORM (SQLAlchemy 2.1), a third of what SQLAlchemy takes to
import. Here the package is given its engine alone. Whoever asks it for anything else gets it: its own code runs then.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

PACKAGE = "sqlalchemy.ext.asyncio"
#: What the desk uses of it.
USED = ("AsyncConnection", "AsyncEngine", "create_async_engine")


def leave_out() -> None:
    """Do so for this process, unless the package is imported already."""
    spec = find_spec(PACKAGE)
    if PACKAGE in sys.modules or spec is None or spec.loader is None:
        return
    package, loader = module_from_spec(spec), spec.loader

    def whole(name: str) -> Any:
        """Module attribute access (PEP 562), for what is not there yet."""
        if name.startswith("__"):
            raise AttributeError(name)
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    sys.modules[PACKAGE] = package
    engine = import_module(f"{PACKAGE}.engine")
    vars(package).update({name: getattr(engine, name) for name in USED}, __getattr__=whole)
