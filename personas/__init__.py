"""Who speaks: customers, personas and their versions, numbers, routing rules, the CRM."""
