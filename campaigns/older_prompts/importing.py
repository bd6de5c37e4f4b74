"""Imports an older prompt module as a campaign, or says why it cannot be."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from campaigns.older_prompts.folder import NoTextsError, PromptSource
from campaigns.older_prompts.prompt_module import PromptModuleError
from campaigns.older_prompts.saving import save_prompts
from campaigns.older_prompts.words import explain_module
from personas.models import Customer


class NotImportedError(Exception):
    """A campaign cannot be imported: the text says which, and what to do."""


def import_source(
    customer: Customer, source: PromptSource, *, agent_constant: str, session_constant: str, dry_run: bool
) -> str:
    """Import one campaign, and return a sentence on what became of it. Raises NotImportedError."""
    try:
        agent, session = source.read(agent_constant=agent_constant, session_constant=session_constant)
        row, saved = save_prompts(
            customer,
            module=source.module,
            name=source.registered.name if source.registered else "",
            agent_text=agent,
            session_text=session,
            dry_run=dry_run,
        )
    except NoTextsError:
        return f"{source.shown}: skipped, it has no prompts."
    except PromptModuleError as error:
        raise NotImportedError(explain_module(error, source.shown)) from error
    except ValidationError as error:
        raise NotImportedError(f"{source.shown}: {' '.join(error.messages)}") from error
    except OSError as error:
        why = error.strerror or "there is no such file"
        raise NotImportedError(f"{source.shown}: the module cannot be read: {why}.") from error
    return f"{row.module}: {saved.value}{' (dry run, nothing written)' if dry_run else ''}."
