"""The clock of lags and slow states: it runs, until a test stops it and moves it on."""
import time

_stopped_at: float | None = None


def now() -> float:
    """Seconds since some moment."""
    return time.monotonic() if _stopped_at is None else _stopped_at


def advance(seconds: float) -> None:
    """Stops the clock so much later than it shows now."""
    global _stopped_at
    _stopped_at = now() + seconds


def run() -> None:
    global _stopped_at
    _stopped_at = None
