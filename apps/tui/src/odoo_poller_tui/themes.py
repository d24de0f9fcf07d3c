"""The two looks of the screens: dark for the wall, light for the office."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="poller-dark",
    primary="#7aa2f7",
    secondary="#9d7cd8",
    accent="#e0af68",
    warning="#e5b567",
    error="#f7768e",
    success="#8fce6a",
    foreground="#d5daea",
    background="#14161f",
    surface="#191c27",
    panel="#232737",
    dark=True,
    variables={"footer-key-foreground": "#7aa2f7", "block-cursor-text-style": "none"},
)
LIGHT = Theme(
    name="poller-light",
    primary="#2457c5",
    secondary="#7847bd",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#b3163a",
    success="#2f6f1c",
    foreground="#20242f",
    background="#f3f4f8",
    surface="#fbfbfd",
    panel="#e2e5ee",
    dark=False,
    variables={"footer-key-foreground": "#2457c5", "block-cursor-text-style": "none"},
)
