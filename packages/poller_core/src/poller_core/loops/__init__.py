"""The loops: they perform what ``decide`` decided, and are the only part that waits, calls and is cancelled."""
