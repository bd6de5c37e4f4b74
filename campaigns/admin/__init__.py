"""The admin's pages about outbound calls. Importing this package registers them."""

from campaigns.admin import do_not_call
from campaigns.admin.campaign import campaign

__all__ = ["campaign", "do_not_call"]
