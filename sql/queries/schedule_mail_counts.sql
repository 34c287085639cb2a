-- Mails of reports by state. Parameters: none. Columns: state, how many
SELECT m.state, pg_catalog.count(*) FROM auditproof.report_mail AS m GROUP BY m.state ORDER BY m.state
