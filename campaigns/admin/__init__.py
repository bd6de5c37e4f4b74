"""The admin's pages about outbound calls. Importing this package registers them."""

from campaigns.admin import do_not_call, job
from campaigns.admin.campaign import campaign
from campaigns.admin.imports import lead_import
from campaigns.admin.leads import lead, lead_list

__all__ = ["campaign", "do_not_call", "job", "lead", "lead_import", "lead_list"]
