"""Whom to call and when. One module for each aggregate; import the models from here."""

from campaigns.models.do_not_call import DoNotCall, DoNotCallQuerySet, find_block

__all__ = ["DoNotCall", "DoNotCallQuerySet", "find_block"]
