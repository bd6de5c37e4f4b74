"""The admin's pages about outbound calls. Importing this package registers them."""

from campaigns.admin import calling_rules, do_not_call
from campaigns.admin.campaign import campaign

__all__ = ["calling_rules", "campaign", "do_not_call"]
