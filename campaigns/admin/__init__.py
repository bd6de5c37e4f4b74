"""The admin's pages about outbound calls. Importing this package registers them."""

from campaigns.admin import calling_rules, do_not_call, job
from campaigns.admin.campaign import campaign
from campaigns.admin.imports import lead_import
from campaigns.admin.leads import lead, lead_list

__all__ = ["calling_rules", "campaign", "do_not_call", "job", "lead", "lead_import", "lead_list"]
