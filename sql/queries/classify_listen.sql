-- Be told of new entries.
LISTEN auditproof_entry
