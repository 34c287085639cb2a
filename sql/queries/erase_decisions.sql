-- Decisions on erasure, in the order in which they were made.
-- Parameters: $1 chain, or NULL for all.
-- Result: decision, chain, outcome, ground, reason, entries, of these erased, decided by, decided at, review, review overdue.
SELECT d.decision_id, d.chain_id, d.outcome, d.ground, d.reason, d.entries,
       (SELECT pg_catalog.count(DISTINCT i.log_id) FROM auditproof.erasure_item AS i
        JOIN auditproof.erasure AS e ON e.chain_id = i.chain_id AND e.log_id = i.log_id AND e."group" = i."group"
        WHERE i.chain_id = d.chain_id AND i.decision_id = d.decision_id AND d.outcome = 'erased'),
       d.decided_by, pg_catalog.to_char(d.decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), d.review_on,
       coalesce(d.review_on < (pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date, false)
FROM auditproof.erasure_decision AS d
WHERE $1::pg_catalog.uuid IS NULL OR d.chain_id = $1::pg_catalog.uuid
ORDER BY d.decided_at, d.decision_id;
