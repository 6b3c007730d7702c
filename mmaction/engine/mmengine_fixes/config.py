"""Configs: formatted as Python code once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmaction.utils.mmengine_fixes import replace_everywhere


def fix_config() -> None:
    """Format a config once: a run of mmengine 0.10.7 does so four or five times, each for up to a second."""
    from mmengine.config import config

    replace_everywhere(config.FormatCode, formatted_once(config.FormatCode))


def formatted_once(original: Callable[..., Any]) -> Callable[..., Any]:
    """``FormatCode`` of yapf with a memory of the last config."""
    known: dict[tuple, Any] = {}

    def format_code(text: str, **settings: Any) -> Any:
        key = (text, repr(settings))
        if key not in known:
            known.clear()
            known[key] = original(text, **settings)
        return known[key]

    return format_code
