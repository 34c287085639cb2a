-- A plan, and how far it got.
-- Parameters: $1 its digest (hexadecimal).
-- Result: its text; who approved it, NULL for nobody; purge id, NULL where it is not begun; certificate (hexadecimal),
--         NULL for none.
SELECT p.text, a.approved_by, x.purge_id, pg_catalog.encode(c.note, 'hex')
FROM auditproof.purge_plan AS p
LEFT JOIN auditproof.purge_approval AS a ON a.digest = p.digest
LEFT JOIN auditproof.purge_execution AS x ON x.digest = p.digest
LEFT JOIN auditproof.purge_certificate AS c ON c.digest = p.digest
WHERE p.digest = pg_catalog.decode($1, 'hex');
