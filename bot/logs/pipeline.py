"""Every logger of the process writes through here: one handler, and each line redacted as the last step."""

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.logs.correlation import reference
from bot.logs.redaction import one_line, redacted
from bot.logs.values import safe_field, traced


def _is_own(name: str) -> bool:
    return name in ("bot", "__main__") or name.startswith("bot.")


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last step before rendering: redacts every field of the event."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog")
    own = _is_own(record.name)
    line: EventDict = {
        "timestamp": event.pop("timestamp"),
        "level": event.pop("level"),
        "event": one_line(str(event.pop("event", "")), own=own),
        "logger": event.pop("logger"),
        "correlation_id": reference(),
    }
    error, stack = _error_of(event.pop("exc_info", None)), event.pop("stack_info", None)
    line.update((k, safe_field(k, v, own=own)) for k, v in event.items() if k not in line)
    if error is not None:
        line["exception"] = traced(error)
    if stack:
        line["stack"] = redacted(str(stack))
    return line


def _error_of(exc_info: object) -> BaseException | None:
    given = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    return given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None


class _Handler(logging.StreamHandler[TextIO]):
    """Drops what libraries log below WARNING, whatever LOG_LEVEL is: it holds payloads, headers and URLs."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _is_own(record.name) or record.levelno >= logging.WARNING

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Overridden because the original prints the message and its arguments without redaction."""
        sys.stderr.write(f"log_line_lost logger={record.name} line={record.lineno}\n")


def configure(*, level: str, format: Literal["json", "console"], stream: TextIO | None = None) -> None:  # noqa: A002
    """Send every logger of the process through this pipeline to `stream` (stderr if not given)."""
    out = stream or sys.stderr
    stdlib, dev, processors = structlog.stdlib, structlog.dev, structlog.processors
    stamp = processors.TimeStamper(fmt="iso", utc=True)
    # What use cases bind, `request` or `case`, is on every line beneath them.
    bound = structlog.contextvars.merge_contextvars
    common: list[Processor] = [bound, stdlib.add_logger_name, stdlib.add_log_level, stamp]
    structlog.configure(
        processors=[stdlib.filter_by_level, *common, stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=stdlib.BoundLogger,
        logger_factory=stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    console = dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=dev.plain_traceback)
    render: Processor = processors.JSONRenderer() if format == "json" else console
    handler = _Handler(out)
    handler.setFormatter(stdlib.ProcessorFormatter(foreign_pre_chain=common, processors=[_redact, render]))
    _install(handler, level.upper())


def _install(handler: logging.Handler, level: str) -> None:
    """Make this the only handler: any other would print without redaction."""
    for known in list(logging.root.manager.loggerDict.values()):
        if isinstance(known, logging.Logger):
            known.handlers.clear()
            known.propagate = True
            known.setLevel(logging.NOTSET)
    logging.root.handlers[:] = [handler]
    # Never below WARNING: Bolt copies the root's level to its loggers, and httpx logs URLs at INFO.
    logging.root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    for own in ("bot", "__main__"):
        logging.getLogger(own).setLevel(level)
    logging.captureWarnings(capture=True)
