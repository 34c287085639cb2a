-- What was decided on requests for erasure of a tenant's entries, in a period.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: decided at in microseconds since 1970, outcome, decision, ground, reason, entries, of these erased by now, day of
-- review, whether that is past, decided by, seq of the entry that tells of it, its id, how many there are.
SELECT (EXTRACT(epoch FROM d.decided_at) * 1000000)::pg_catalog.int8, d.outcome, d.decision_id, d.ground, d.reason, d.entries,
       CASE WHEN d.outcome = 'erased'
            THEN (SELECT pg_catalog.count(DISTINCT i.log_id) FROM auditproof.erasure_item AS i
                  JOIN auditproof.erasure AS x ON x.chain_id = i.chain_id AND x.log_id = i.log_id AND x."group" = i."group"
                  WHERE i.chain_id = d.chain_id AND i.decision_id = d.decision_id) END,
       d.review_on, d.review_on < (pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date, d.decided_by, e.seq, d.authorised_by,
       pg_catalog.count(*) OVER ()
FROM auditproof.erasure_decision AS d
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = d.chain_id AND e.log_id = d.authorised_by
WHERE d.chain_id = $1::pg_catalog.uuid
  AND d.decided_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND d.decided_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
ORDER BY d.decided_at, d.decision_id
LIMIT $4::pg_catalog.int8
