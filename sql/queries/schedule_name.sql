-- What an organization is called that a report is of; see auditproof.report_organization(). Parameters: $1 it. Result: its name,
-- or NULL
SELECT auditproof.report_organization($1::pg_catalog.uuid)
