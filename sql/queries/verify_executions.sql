-- Purges by a plan that were begun, and what the chain tells of each step.
-- Rows of entries may be looked up by an index, which could at worst fail to find one: the id is compared once more. One
-- that has itself left after its window tells by its place in the chain.
-- Parameters: none.
-- Result: plan's digest, purge id, verifier key; then the plan's text, NULL where there is none, whether the digest is
--         that text's, who asked; who approved, NULL for nobody; certificate, hexadecimal, and its SHA-256, NULL for none.
--         Then of each step (planned, approved, begun, certified) whether an entry of the system chain tells of it: NULL
--         for none of that id, false for one that tells of something else; by which login; when it was recorded, in
--         microseconds since 1970. Of one whose row left after its window: true, NULL and that time.
WITH steps AS (
    SELECT p.digest, 'planned' AS step, p.authorised_by AS log_id FROM auditproof.purge_plan AS p
    UNION ALL
    SELECT a.digest, 'approved', a.authorised_by FROM auditproof.purge_approval AS a
    UNION ALL
    SELECT x.digest, 'begun', x.authorised_by FROM auditproof.purge_execution AS x
    UNION ALL
    -- by the id that it must have, whether or not there is a certificate; auditproof.purge_entry_id() written out, for who
    -- verifies may be somebody who may read all, and call nothing
    SELECT x.digest, 'certified',
           pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
               'auditproof/certificate'::pg_catalog.bytea OPERATOR(pg_catalog.||) x.digest
               OPERATOR(pg_catalog.||) pg_catalog.uuid_send(x.purge_id)), 1, 16), 'hex')::pg_catalog.uuid
    FROM auditproof.purge_execution AS x
), told AS MATERIALIZED (
    SELECT s.digest, s.step, l.actor_role AS login, e.recorded_at,
           CASE WHEN l.id IS NULL
                THEN EXISTS (SELECT FROM auditproof.purge_range AS r
                             WHERE r.chain_id = e.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq)
                ELSE coalesce(l.metadata ->> 'plan' = pg_catalog.encode(s.digest, 'hex')
                     AND l.action = CASE s.step WHEN 'planned' THEN 'audit.purge_planned'
                                                WHEN 'approved' THEN 'audit.purge_approved'
                                                WHEN 'begun' THEN 'audit.entries_purged' ELSE 'audit.purge_certified' END
                     -- no application can choose a salt, and so none an id like this
                     AND (s.step = 'certified'
                          OR l.id = pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
                                        'auditproof/retention'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
                             AND l.metadata ->> 'login' = l.actor_role)
                     AND CASE s.step
                         WHEN 'begun' THEN l.metadata ->> 'purge_id' = x.purge_id::pg_catalog.text
                                           AND l.metadata ->> 'key' = x.key
                         WHEN 'certified' THEN l.metadata ->> 'purge_id' = x.purge_id::pg_catalog.text
                              AND (c.digest IS NULL
                                   OR l.metadata ->> 'certificate' = pg_catalog.encode(pg_catalog.sha256(c.note), 'hex'))
                         ELSE true END, false) END AS tells
    FROM steps AS s
    LEFT JOIN auditproof.purge_execution AS x ON x.digest = s.digest
    LEFT JOIN auditproof.purge_certificate AS c ON c.digest = s.digest
    JOIN auditproof.chain_entry AS e
        ON e.chain_id = '00000000-0000-0000-0000-000000000000' AND e.log_id = s.log_id
        AND e.log_id::pg_catalog.text = s.log_id::pg_catalog.text
    LEFT JOIN public.audit_logs AS l
        ON l.id = s.log_id AND l.id::pg_catalog.text = s.log_id::pg_catalog.text
        AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = '00000000-0000-0000-0000-000000000000'
)
SELECT pg_catalog.encode(x.digest, 'hex'), x.purge_id, x.key, p.text,
       p.digest = pg_catalog.sha256(pg_catalog.convert_to(p.text, 'UTF8')), p.requested_by, a.approved_by,
       pg_catalog.encode(c.note, 'hex'), pg_catalog.encode(pg_catalog.sha256(c.note), 'hex'),
       t1.tells, t1.login, (EXTRACT(epoch FROM t1.recorded_at) * 1000000)::pg_catalog.int8,
       t2.tells, t2.login, (EXTRACT(epoch FROM t2.recorded_at) * 1000000)::pg_catalog.int8,
       t3.tells, t3.login, (EXTRACT(epoch FROM t3.recorded_at) * 1000000)::pg_catalog.int8,
       t4.tells, t4.login, (EXTRACT(epoch FROM t4.recorded_at) * 1000000)::pg_catalog.int8
FROM auditproof.purge_execution AS x
LEFT JOIN auditproof.purge_plan AS p ON p.digest = x.digest
LEFT JOIN auditproof.purge_approval AS a ON a.digest = x.digest
LEFT JOIN auditproof.purge_certificate AS c ON c.digest = x.digest
LEFT JOIN told AS t1 ON t1.digest = x.digest AND t1.step = 'planned'
LEFT JOIN told AS t2 ON t2.digest = x.digest AND t2.step = 'approved'
LEFT JOIN told AS t3 ON t3.digest = x.digest AND t3.step = 'begun'
LEFT JOIN told AS t4 ON t4.digest = x.digest AND t4.step = 'certified'
ORDER BY x.started_at, x.digest;
