"""Finds older prompt modules on disk, with what campaigns.json says of them. Reads files, runs none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from campaigns.older_prompts.module_names import is_built_in
from campaigns.older_prompts.prompt_module import LARGEST_MODULE, PromptModule
from campaigns.older_prompts.registry import RegisteredCampaign, read_registry

REGISTRY = "campaigns.json"
MODULES = "campaigns_prompts"  # the folder of modules, beside the list


class NoTextsError(Exception):
    """A module has neither constant, so it is none with prompts."""


@dataclass(frozen=True, kw_only=True)
class PromptSource:
    """A campaign, and where its texts are."""

    module: str
    registered: RegisteredCampaign | None  # None: a module that the list does not name
    file: Path | None  # None: the list names a module that is not there

    @property
    def shown(self) -> str:
        return self.file.name if self.file else self.module

    def read(self, *, agent_constant: str, session_constant: str) -> tuple[str, str]:
        """Return agent instructions and call script. The list's own texts and names of constants come first.

        Raises PromptModuleError, NoTextsError for an unlisted module without both constants, FileNotFoundError, OSError.
        """
        known = self.registered or RegisteredCampaign(module=self.module)
        if known.agent_text is not None and known.session_text is not None:
            return known.agent_text, known.session_text
        if self.file is None:
            raise FileNotFoundError(f"{self.module}.py")
        with self.file.open("rb") as opened:
            module = PromptModule(opened.read(LARGEST_MODULE + 1))
        names = (known.agent_constant or agent_constant, known.session_constant or session_constant)
        if self.registered is None and not set(names) & set(module.names):
            raise NoTextsError
        own = (known.agent_text, known.session_text)
        agent, session = (module.text(name) if text is None else text for name, text in zip(names, own, strict=True))
        return agent, session


def find_sources(path: Path) -> list[PromptSource]:
    """Return the campaigns of a prompt module, of a folder of them, or of a campaigns.json and the modules beside it.

    Raises RegistryError and OSError.
    """
    if path.is_dir():
        files, registry = _list_modules(path), path / REGISTRY
    elif path.suffix == ".json":
        files, registry = _list_modules(path.parent), path
    else:
        path.stat()
        return [PromptSource(module=path.stem, registered=RegisteredCampaign(module=path.stem), file=path)]
    named = read_registry(registry.read_bytes()) if registry.exists() or registry == path else []
    sources = {
        entry.module: PromptSource(module=entry.module, registered=entry, file=_file_of(entry, files))
        for entry in named
    }
    taken = {source.file for source in sources.values()}
    if registry != path:
        unlisted = {module: file for module, file in files.items() if file not in taken}
        sources |= {
            module: PromptSource(module=module, registered=None, file=file) for module, file in unlisted.items()
        }
    return list(sources.values())


def _file_of(entry: RegisteredCampaign, files: dict[str, Path]) -> Path | None:
    return files.get("prompts" if is_built_in(entry.module) else entry.module)


def _list_modules(folder: Path) -> dict[str, Path]:
    """Return the modules by name: those of the folder and, before them, of its `campaigns_prompts`."""
    return {file.stem: file for each in (folder, folder / MODULES) for file in _python_files(each)}


def _python_files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.glob("*.py")) if file.is_file() and file.name != "__init__.py")
