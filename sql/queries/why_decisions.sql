-- Decisions on erasure that are about an entry.
-- Parameters: $1 chain, $2 log id. Columns: decision, outcome, groups, ground, reason, decided by, decided at, review.
SELECT d.decision_id, d.outcome, pg_catalog.string_agg(i."group", ', ' ORDER BY i."group"), d.ground, d.reason, d.decided_by,
       pg_catalog.to_char(d.decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), d.review_on
FROM auditproof.erasure_item AS i
JOIN auditproof.erasure_decision AS d ON d.chain_id = i.chain_id AND d.decision_id = i.decision_id
WHERE i.chain_id = $1::pg_catalog.uuid AND i.log_id = $2::pg_catalog.uuid
GROUP BY d.chain_id, d.decision_id
ORDER BY d.decided_at, d.decision_id;
