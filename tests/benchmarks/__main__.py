"""
`python -m tests.benchmarks floor`, `… lookup` and `… redeem` print their tables; `desk` and `bare` are for itself.

`… workspace [<minutes>]` plays a busy workspace in real time, `… mixed [<seconds>]` two instances under load while things
are killed, `… upgrade [<seconds>]` across a migration.
`… ledger [sqlite|postgresql] [<requests>]` fills both databases, or one, with a million finished requests, or so many.
`… audit [<events>]` proves a log of a million events, or so many.
"""

from __future__ import annotations

import asyncio
import json
import sys

from bot import logs
from tests.benchmarks import audit, children, floor, ledger, lookup, mixed, redeem, workspace

if sys.argv[1:] == ["lookup"]:
    logs.configure(level="WARNING", format="json")
    sys.stdout.write(lookup.report() + "\n")
elif sys.argv[1:] == ["redeem"]:
    logs.configure(level="ERROR", format="json")
    sys.stdout.write(redeem.report() + "\n")
elif sys.argv[1:] == ["floor"]:
    logs.configure(level="ERROR", format="json")
    sys.stdout.write(floor.report() + "\n")
elif sys.argv[1:2] == ["ledger"]:
    logs.configure(level="ERROR", format="json")
    kinds = [one for one in sys.argv[2:] if not one.isdecimal()] or ["sqlite", "postgresql"]
    sizes = [int(one) for one in sys.argv[2:] if one.isdecimal()] or [ledger.MANY]
    sys.stdout.write(ledger.report(kinds, sizes[0]) + "\n")
elif sys.argv[1:2] in (["mixed"], ["upgrade"]):
    logs.configure(level="CRITICAL", format="json")
    play = mixed.mixed if sys.argv[1] == "mixed" else mixed.upgraded
    sys.stdout.write(mixed.report(play, *map(float, sys.argv[2:3])) + "\n")
elif sys.argv[1:2] == ["audit"]:
    logs.configure(level="ERROR", format="json")
    sys.stdout.write(audit.report(int(sys.argv[2]) if sys.argv[2:] else audit.EVENTS) + "\n")
elif sys.argv[1:2] == ["workspace"]:
    logs.configure(level="ERROR", format="json")
    sys.stdout.write(workspace.report(float((*sys.argv[2:], "10")[0])) + "\n")
elif sys.argv[1:2] == ["desk"]:
    asyncio.run(children.run_desk(json.loads(sys.argv[2])))
elif sys.argv[1:] == ["bare"]:
    asyncio.run(children.run_bare())
else:
    sys.exit("usage: python -m tests.benchmarks floor|lookup|redeem|workspace|ledger|audit|mixed|upgrade")
