-- What was purged after the retention window. The authority is an entry of the system chain that names the purge: of a
-- retention plan with that plan, of a tenant's deletion with the chain and no fewer entries than the ranges cover. The time
-- that counts is the earliest of the one on record, the one at which that entry was chained (only that one is hashed) and
-- now. The years are those of the policies that were set when the entry was chained, or when the range left where that is on
-- record as later: no earlier time is believed.
-- Its row may be looked up by an index, which could at worst fail to find it: the id is compared once more.
-- Parameters: $1 chain id or NULL for all.
-- Result: chain_id, from_seq, to_seq, purged at in microseconds since 1970, whether a chained entry authorises it, purge id,
--         years that its entries are kept, whether it is told of as a tenant's deletion.
WITH covered AS (
    SELECT r.chain_id, r.purge_id, pg_catalog.sum(r.to_seq - r.from_seq + 1) AS entries
    FROM auditproof.purge_range AS r
    WHERE $1::pg_catalog.uuid IS NULL OR r.chain_id = $1::pg_catalog.uuid
    GROUP BY r.chain_id, r.purge_id
), authorities AS MATERIALIZED (
    SELECT v.chain_id, v.purge_id, x.digest IS NULL AS of_tenant,
           LEAST(p.purged_at, e.recorded_at, pg_catalog.clock_timestamp()) AS purged_at,
           e.recorded_at AS begun_at,
           e.log_id IS NOT NULL
           -- the system chain goes with no tenant
           AND (x.digest IS NOT NULL OR v.chain_id <> '00000000-0000-0000-0000-000000000000')
           AND (coalesce(l.action = 'audit.entries_purged'
                         AND l.metadata ->> 'purge_id' = v.purge_id::pg_catalog.text
                         AND CASE WHEN x.digest IS NULL
                                  THEN l.resource_id = v.chain_id AND (l.metadata ->> 'entries')::pg_catalog.numeric >= v.entries
                                  ELSE l.metadata ->> 'plan' = pg_catalog.encode(x.digest, 'hex') END, false)
                OR l.id IS NULL AND EXISTS (SELECT FROM auditproof.purge_range AS r
                                            WHERE r.chain_id = e.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq
                                              AND r.purge_id <> v.purge_id)) AS chained
    FROM covered AS v
    LEFT JOIN auditproof.purge AS p ON p.chain_id = v.chain_id AND p.purge_id = v.purge_id
    LEFT JOIN auditproof.purge_execution AS x ON x.purge_id = v.purge_id
    LEFT JOIN auditproof.chain_entry AS e
        ON e.chain_id = '00000000-0000-0000-0000-000000000000' AND e.log_id = p.authorised_by
        AND e.log_id::pg_catalog.text = p.authorised_by::pg_catalog.text
    LEFT JOIN public.audit_logs AS l
        ON l.id = p.authorised_by AND l.id::pg_catalog.text = p.authorised_by::pg_catalog.text
        -- where audit_logs is partitioned, tenants may have rows of the same id
        AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = '00000000-0000-0000-0000-000000000000'
)
SELECT r.chain_id, r.from_seq, r.to_seq, (EXTRACT(epoch FROM a.purged_at) * 1000000)::pg_catalog.int8, a.chained,
       r.purge_id,
       GREATEST(7, (SELECT pg_catalog.max(y.period) FROM auditproof.retention_policy AS y
                    WHERE y.table_name = 'audit_logs' AND y.set_at <= GREATEST(a.begun_at, r.purged_at)
                      AND y.chain_id IN (a.chain_id, '00000000-0000-0000-0000-000000000000'))),
       a.of_tenant
FROM auditproof.purge_range AS r
JOIN authorities AS a ON a.chain_id = r.chain_id AND a.purge_id = r.purge_id
ORDER BY r.chain_id, r.from_seq, r.to_seq;
