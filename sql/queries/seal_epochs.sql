-- Restores that were declared, oldest first.
-- Parameters: none. Result: number; size of the seal log at the restore; reason; note (hexadecimal).
SELECT e.number, e.from_size, e.reason, pg_catalog.encode(e.note, 'hex')
FROM ONLY auditproof.epoch AS e
ORDER BY e.number;
