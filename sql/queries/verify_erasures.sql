-- Erasures that no chained entry authorises, or that it tells otherwise of, or whose commitment cannot be one; and decisions
-- on erasure that are not as a chained entry tells. The authority is an entry of the same chain: audit.fields_erased, or for
-- accounts that were deleted audit.account_erased, whose id is of its salt, which no application can choose, and whose digest
-- is that of the log ids, groups and commitments that name it. Accounts that were deleted before there was one
-- (migration 9) have as many entries as it tells of. One that has itself left after its window authorises by its place in
-- the chain, which comes after those of what was erased.
-- Its row may be looked up by an index, which could at worst fail to find it: the id is compared once more.
-- Parameters: $1 chain id or NULL for all; $2 how many at most. Result: chain_id, log_id, object, why, how many there are.
WITH claimed AS (
    SELECT a.chain_id, a.authorised_by, pg_catalog.count(*) AS groups, pg_catalog.count(DISTINCT a.log_id) AS entries,
           pg_catalog.bool_and(a."group" = 'account') AS accounts,
           pg_catalog.encode(pg_catalog.sha256(pg_catalog.string_agg(
               pg_catalog.uuid_send(a.log_id)
               || CASE a."group" WHEN 'account' THEN '\x00'::pg_catalog.bytea WHEN 'actor' THEN '\x01' ELSE '\x02' END
               || a.commitment, '' ORDER BY a.log_id, a."group" COLLATE "C")), 'hex') AS digest
    FROM auditproof.erasure AS a
    WHERE $1::pg_catalog.uuid IS NULL OR a.chain_id = $1::pg_catalog.uuid
    GROUP BY a.chain_id, a.authorised_by
), authorities AS (
    SELECT c.chain_id, c.authorised_by,
           CASE WHEN e.log_id IS NULL THEN 'no chained entry authorises it'
                WHEN l.id IS NULL AND EXISTS (SELECT FROM auditproof.purge_range AS r
                                              WHERE r.chain_id = e.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq)
                THEN NULL
                WHEN l.id IS NULL OR NOT coalesce(l.action = 'audit.fields_erased'
                                                  OR l.action = 'audit.account_erased' AND c.accounts, false)
                THEN 'the entry that should authorise it does not tell of it'
                WHEN l.action = 'audit.account_erased' AND l.metadata ->> 'digest' IS NULL
                     AND l.metadata ->> 'group' = 'account' AND l.metadata ->> 'entries' = c.entries::pg_catalog.text
                     AND e.recorded_at < (SELECT m.applied_at FROM auditproof.migration AS m WHERE m.number = 9)
                THEN NULL
                WHEN l.id <> pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
                                 'auditproof/retention'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
                THEN 'the entry that should authorise it is not auditproof''s'
                WHEN l.metadata ->> 'digest' IS DISTINCT FROM c.digest
                THEN 'the entry that authorises erasures tells of others, or of other commitments' END AS why,
           CASE WHEN l.id IS NULL THEN e.seq END AS left_seq
    FROM claimed AS c
    LEFT JOIN auditproof.chain_entry AS e
        ON e.chain_id = c.chain_id AND e.log_id = c.authorised_by
        AND e.log_id::pg_catalog.text = c.authorised_by::pg_catalog.text
    LEFT JOIN public.audit_logs AS l
        ON l.id = c.authorised_by AND l.id::pg_catalog.text = c.authorised_by::pg_catalog.text
        AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = c.chain_id
), decisions AS (
    SELECT d.chain_id, d.decision_id, d.authorised_by, d.entries, d.items, d.outcome,
           pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.json_build_array('auditproof/erasure',
               d.chain_id, d.decision_id, d.outcome, d.ground, d.reason, d.review_on - '1970-01-01'::pg_catalog.date,
               d.entries, pg_catalog.encode(d.items, 'hex'), d.decided_by,
               pg_catalog.trunc(EXTRACT(epoch FROM d.decided_at) * 1000000))::pg_catalog.text, 'UTF8')), 'hex') AS digest,
           (SELECT pg_catalog.sha256(pg_catalog.string_agg(
                       pg_catalog.uuid_send(i.log_id)
                       || CASE i."group" WHEN 'account' THEN '\x00'::pg_catalog.bytea WHEN 'actor' THEN '\x01' ELSE '\x02' END,
                       '' ORDER BY i.log_id, i."group" COLLATE "C"))
            FROM auditproof.erasure_item AS i
            WHERE i.chain_id = d.chain_id AND i.decision_id = d.decision_id) AS about
    FROM auditproof.erasure_decision AS d
    WHERE $1::pg_catalog.uuid IS NULL OR d.chain_id = $1::pg_catalog.uuid
), judged AS (
    SELECT a.chain_id, a.log_id, 'group ' || a."group" AS object,
           CASE WHEN pg_catalog.octet_length(a.commitment) IS DISTINCT FROM 32
                THEN 'the kept commitment is not 32 bytes'
                WHEN c.why IS NOT NULL THEN c.why
                WHEN c.left_seq IS NOT NULL
                     AND NOT EXISTS (SELECT FROM auditproof.chain_entry AS f
                                     WHERE f.chain_id = a.chain_id AND f.log_id = a.log_id AND f.seq < c.left_seq)
                THEN 'the entry that should authorise it came before what was erased' END AS why
    FROM auditproof.erasure AS a
    JOIN authorities AS c ON c.chain_id = a.chain_id AND c.authorised_by = a.authorised_by
    UNION ALL
    SELECT d.chain_id, d.authorised_by, 'decision ' || d.decision_id,
           CASE WHEN e.log_id IS NULL THEN 'no chained entry tells of it'
                WHEN d.about IS DISTINCT FROM d.items THEN 'it is about other entries than was decided'
                WHEN l.id IS NULL AND EXISTS (SELECT FROM auditproof.purge_range AS r
                                              WHERE r.chain_id = e.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq)
                THEN NULL
                WHEN l.id IS NULL
                     OR l.action IS DISTINCT FROM CASE d.outcome WHEN 'erased' THEN 'audit.erasure_decided'
                                                                 ELSE 'audit.erasure_refused' END
                     OR l.metadata ->> 'digest' IS DISTINCT FROM d.digest
                     OR l.id <> pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
                                    'auditproof/retention'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
                THEN 'the entry that tells of it says something else' END
    FROM decisions AS d
    LEFT JOIN auditproof.chain_entry AS e
        ON e.chain_id = d.chain_id AND e.log_id = d.authorised_by
        AND e.log_id::pg_catalog.text = d.authorised_by::pg_catalog.text
    LEFT JOIN public.audit_logs AS l
        ON l.id = d.authorised_by AND l.id::pg_catalog.text = d.authorised_by::pg_catalog.text
        AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = d.chain_id
)
SELECT j.chain_id, j.log_id, j.object, j.why, pg_catalog.count(*) OVER ()
FROM judged AS j
WHERE j.why IS NOT NULL
ORDER BY j.chain_id, j.log_id, j.object
LIMIT $2::pg_catalog.int8;
