-- Erasures that no chained entry authorises, or whose commitment cannot be one. The authority is an entry of the same
-- chain that tells of an erasure of that group, and of as many entries as name it. audit.account_erased is for accounts
-- alone: anyone who may insert can write such an entry, and content is not to be hidden behind it. One that has itself left after its
-- window authorises by its place in the chain.
-- Its row may be looked up by an index, which could at worst fail to find it: the id is compared once more.
-- Parameters: $1 chain id or NULL for all; $2 how many at most. Result: chain_id, log_id, group, why, how many there are.
WITH claimed AS (
    SELECT a.chain_id, a.authorised_by, a."group", pg_catalog.count(*) AS entries
    FROM auditproof.erasure AS a
    WHERE $1::pg_catalog.uuid IS NULL OR a.chain_id = $1::pg_catalog.uuid
    GROUP BY a.chain_id, a.authorised_by, a."group"
), authorities AS (
    SELECT c.chain_id, c.authorised_by, c."group", e.log_id IS NOT NULL AS chained,
           coalesce(l.action = 'audit.account_erased' AND c."group" = 'account' AND l.metadata ->> 'group' = c."group"
                    AND l.metadata ->> 'entries' = c.entries::pg_catalog.text, false)
           OR l.id IS NULL AND EXISTS (SELECT FROM auditproof.purge_range AS r
                                       WHERE r.chain_id = e.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq) AS tells
    FROM claimed AS c
    LEFT JOIN auditproof.chain_entry AS e
        ON e.chain_id = c.chain_id AND e.log_id = c.authorised_by
        AND e.log_id::pg_catalog.text = c.authorised_by::pg_catalog.text
    LEFT JOIN public.audit_logs AS l
        ON l.id = c.authorised_by AND l.id::pg_catalog.text = c.authorised_by::pg_catalog.text
        AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = c.chain_id
), judged AS (
    SELECT a.chain_id, a.log_id, a."group",
           CASE WHEN pg_catalog.octet_length(a.commitment) IS DISTINCT FROM 32
                THEN 'the kept commitment is not 32 bytes'
                WHEN NOT EXISTS (SELECT FROM authorities AS c WHERE c.chain_id = a.chain_id AND c."group" = a."group"
                                 AND c.authorised_by = a.authorised_by AND c.chained)
                THEN 'no chained entry authorises it'
                WHEN NOT EXISTS (SELECT FROM authorities AS c WHERE c.chain_id = a.chain_id AND c."group" = a."group"
                                 AND c.authorised_by = a.authorised_by AND c.tells)
                THEN 'the entry that should authorise it does not tell of it' END AS why
    FROM auditproof.erasure AS a
    WHERE $1::pg_catalog.uuid IS NULL OR a.chain_id = $1::pg_catalog.uuid
)
SELECT j.chain_id, j.log_id, j."group", j.why, pg_catalog.count(*) OVER ()
FROM judged AS j
WHERE j.why IS NOT NULL
ORDER BY j.chain_id, j.log_id, j."group"
LIMIT $2::pg_catalog.int8;
