-- Have mail of a report that failed tried again. Parameters: $1 report. Result: how many
SELECT auditproof.mail_again($1::pg_catalog.uuid)
