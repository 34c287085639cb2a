-- Cancel a report's runs, before the report: who finishes one takes both in that order.
-- Parameters: $1 report. Result: how many had not ended; NULL where there is no such report
SELECT auditproof.run_cancel($1::pg_catalog.uuid)
