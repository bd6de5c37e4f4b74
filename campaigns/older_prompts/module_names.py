"""Names of campaigns as the older dialer writes them, and the module names that they mean. Pure: no Django."""

from __future__ import annotations

import re

BUILT_IN_OLDER_MODULE = "backend.prompts"  # the module of the built-in campaign
BUILT_IN_OLDER_KEY = "Default (prompts)"  # the same as the older dialer's pages show it
BUILT_IN_OLDER_NAME = "Default"
_BUILT_IN = frozenset({BUILT_IN_OLDER_MODULE, BUILT_IN_OLDER_KEY, "prompts", "default"})  # the last is today's name
_PACKAGE = re.compile(r"^(?:backend\.)?campaigns_prompts\.")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def is_built_in(written: str) -> bool:
    """Whether this names the built-in campaign."""
    return written in _BUILT_IN


def read_module_name(written: str) -> str:
    """Return the module name without the older dialer's package and ending: `google` for `backend.campaigns_prompts.google`."""
    return _PACKAGE.sub("", written.strip()).removesuffix(".py")


def derive_module_name(name: str) -> str:
    """Return a module name for a campaign that has only a name: `q4_sales` for `Q4 Sales!`. Empty when nothing is left."""
    return _NOT_IN_NAMES.sub("_", name.lower()).strip("_")


def derive_name(module: str) -> str:
    """Return a name for a campaign that has only a module: `Q4 Sales` for `q4_sales`."""
    return re.sub(r"[_.-]+", " ", module).strip().title()
