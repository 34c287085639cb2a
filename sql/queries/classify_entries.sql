-- The next entries of a chain, as the JSON objects that rules see.
-- Parameters: $1 chain, $2 after which number, $3 up to which, $4 at most so many, and no more after 16 MB
-- Columns: seq
--          log_id
--          kind    'entry', 'own' for what tells of a classification, 'gone' when the row is not there
--          event   of an entry: its columns, without the salt
--          recorded_us
SELECT e.seq, e.log_id, k.kind,
       CASE k.kind WHEN 'entry' THEN
           (SELECT pg_catalog.row_to_json(r)
            FROM (SELECT (e.l).id, (e.l).organization_id, (e.l).actor_id, (e.l).actor_email, (e.l).actor_role, (e.l).action,
                         (e.l).resource_type, (e.l).resource_id, (e.l).old_values, (e.l).new_values, (e.l).risk_level,
                         (e.l).ip_address, (e.l).user_agent, (e.l).metadata, (e.l).session_id, (e.l).created_at) AS r)
       END AS event,
       (EXTRACT(epoch FROM e.recorded_at) * 1000000)::pg_catalog.int8 AS recorded_us
FROM (SELECT n.seq, n.log_id, n.recorded_at, l,
             -- as stored: what it takes to read the rows is not paid for those that are left out
             pg_catalog.sum(coalesce(pg_catalog.pg_column_size(l.old_values), 0)
                            + coalesce(pg_catalog.pg_column_size(l.new_values), 0)
                            + coalesce(pg_catalog.pg_column_size(l.metadata), 0))
                 OVER (ORDER BY n.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM (SELECT c.seq, c.log_id, c.recorded_at FROM auditproof.chain_entry c
            WHERE c.chain_id = $1::uuid AND c.seq > $2::bigint AND c.seq <= $3::bigint
            ORDER BY c.seq LIMIT $4::integer) AS n
      -- of the chain's tenant: in partitions another can have the same id
      LEFT JOIN auditproof.entry l ON l.id = n.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = $1::uuid) AS e
CROSS JOIN LATERAL (SELECT CASE
    WHEN (e.l).id IS NULL THEN 'gone'
    WHEN (e.l).action = 'audit.classified' AND pg_catalog.uuid_send((e.l).id) = pg_catalog.substr(
        pg_catalog.sha256('auditproof/classification'::bytea OPERATOR(pg_catalog.||) (e.l).chain_salt), 1, 16) THEN 'own'
    ELSE 'entry' END AS kind) AS k
WHERE coalesce(e.before, 0) < 16777216
ORDER BY e.seq
