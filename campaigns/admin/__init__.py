"""The admin's pages about outbound calls. Importing this package registers them."""

from campaigns.admin import do_not_call

__all__ = ["do_not_call"]
