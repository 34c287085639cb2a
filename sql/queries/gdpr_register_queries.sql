-- Who looked at a tenant's entries with auditquery in a period, as recorded. Of searches of every organization's entries, which the
-- system chain tells, no more than who and when: what they were for may concern others. What an application wrote of the kind is
-- left out: it cannot choose a salt, and so no id that goes with one, unless that was erased.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: when in microseconds since 1970, by which login, command, scope, whose, for what purpose, by which filters beside the
-- organization (JSON), by which whose values are not written down (JSON), entries shown, seq of the entry that tells of it,
-- whether that is in the system chain, its id, how many there are.
WITH said AS (
    SELECT l.id, l.organization_id, l.created_at, l.metadata
    FROM public.audit_logs AS l
    WHERE l.action = 'audit.queried' AND (l.organization_id = $1::pg_catalog.uuid OR l.organization_id IS NULL)
      AND l.created_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND l.created_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND (l.id = pg_catalog.encode(pg_catalog.substr(
                      pg_catalog.sha256('auditproof/query'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
           OR EXISTS (SELECT FROM auditproof.erasure AS x
                      WHERE x.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000')
                        AND x.log_id = l.id))
)
SELECT (EXTRACT(epoch FROM s.created_at) * 1000000)::pg_catalog.int8, s.metadata ->> 'login', s.metadata ->> 'command',
       CASE WHEN s.organization_id IS NULL THEN 'every organization' ELSE 'this organization' END,
       CASE WHEN s.organization_id IS NOT NULL
            THEN NULLIF(pg_catalog.concat_ws('; ', 'account ' || (s.metadata -> 'filters' ->> 'actor'),
                                             'entry ' || (s.metadata -> 'filters' ->> 'id'),
                                             'resource ' || (s.metadata -> 'filters' ->> 'resource_id'),
                                             CASE WHEN s.metadata -> 'withheld' IS NOT NULL THEN 'not written down: by '
                                                  || pg_catalog.translate((s.metadata -> 'withheld')::pg_catalog.text, '[]"', '')
                                             END), '') END,
       CASE WHEN s.organization_id IS NOT NULL THEN s.metadata ->> 'purpose' END,
       CASE WHEN s.organization_id IS NOT NULL THEN (s.metadata -> 'filters') - 'org'::pg_catalog.text END,
       CASE WHEN s.organization_id IS NOT NULL THEN s.metadata -> 'withheld' END,
       CASE WHEN s.organization_id IS NOT NULL AND s.metadata ->> 'rows' ~ '^\d{1,18}$'
            THEN (s.metadata ->> 'rows')::pg_catalog.int8 END,
       e.seq, s.organization_id IS NULL, s.id, pg_catalog.count(*) OVER ()
FROM said AS s
LEFT JOIN auditproof.chain_entry AS e
    ON e.chain_id = coalesce(s.organization_id, '00000000-0000-0000-0000-000000000000') AND e.log_id = s.id
ORDER BY s.created_at, s.id
LIMIT $4::pg_catalog.int8
