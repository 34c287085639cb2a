-- Bundles given out that may hold what is to be erased, or what was: those that have an entry and show anything of the group,
-- and were read before it went. One that was being read while an erasure ended may have seen what was there: five minutes.
-- Parameters: $1 chains (uuid[]), $2 entries (uuid[]), $3 groups (text[]), one of each; $4 decisions (uuid[]), whose entries are
-- asked about as well.
-- Result: bundle, chain, registered at, kind, SHA-256, by whom, to whom it was given, what it is encrypted to, how many of the
-- entries; oldest first.
WITH asked AS (
    SELECT a.chain_id, a.log_id, a.name
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.uuid[]),
                    pg_catalog.unnest($3::pg_catalog.text[])) AS a (chain_id, log_id, name)
    UNION
    SELECT i.chain_id, i.log_id, i."group" FROM auditproof.erasure_item AS i
    WHERE i.decision_id = ANY ($4::pg_catalog.uuid[])
), numbered AS (
    SELECT a.chain_id, e.seq, a.name, x.erased_at
    FROM asked AS a
    JOIN auditproof.chain_entry AS e ON e.chain_id = a.chain_id AND e.log_id = a.log_id
    LEFT JOIN auditproof.erasure AS x ON x.chain_id = a.chain_id AND x.log_id = a.log_id AND x."group" = a.name
)
SELECT b.bundle_id, b.chain_id, pg_catalog.to_char(b.registered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), b.kind,
       pg_catalog.encode(b.sha256, 'hex'), b.registered_by, b.recipient, pg_catalog.encode(b.encrypted_to, 'hex'),
       pg_catalog.count(DISTINCT n.seq)
FROM auditproof.bundle AS b
JOIN numbered AS n
    ON n.chain_id = b.chain_id AND b.seqs @> n.seq AND n.name = ANY (b.groups)
    AND (n.erased_at IS NULL OR b.read_at < n.erased_at + '5 min'::pg_catalog.interval)
GROUP BY b.chain_id, b.bundle_id
ORDER BY b.registered_at, b.bundle_id;
