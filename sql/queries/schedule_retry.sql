-- Have runs of a report that failed, or were cancelled, tried again. Parameters: $1 report. Result: how many
SELECT auditproof.run_again($1::pg_catalog.uuid)
