-- Legal holds and releases that are not as a chained entry tells, which never leaves (auditproof.lasting_entries). Its row may be
-- looked up by an index, which could at worst fail to find it: the id is compared once more.
-- Parameters: $1 chain id or NULL for all; $2 how many at most.
-- Result: the system chain, log_id, the hold or release, why, how many there are.
WITH claims AS (
    SELECT h.hold_id, h.chain_id, 'hold ' || h.hold_id AS name, 'audit.hold_placed' AS action, h.authorised_by, h.placed_by AS login,
           pg_catalog.json_build_array('auditproof/hold', h.hold_id, h.chain_id,
               pg_catalog.encode(h.subject_commitment, 'hex'), h.resource_type, h.action_pattern,
               pg_catalog.trunc(EXTRACT(epoch FROM h.from_at) * 1000000),
               pg_catalog.trunc(EXTRACT(epoch FROM h.until_at) * 1000000), h.matter, h.custodian, h.reason,
               h.review_on - '1970-01-01'::pg_catalog.date, h.placed_by,
               pg_catalog.trunc(EXTRACT(epoch FROM h.placed_at) * 1000000)) AS text,
           CASE WHEN h.subject_salt = '\x00000000000000000000000000000000'::pg_catalog.bytea
                THEN CASE WHEN h.actor_ids IS NOT NULL OR h.actor_email IS NOT NULL OR h.resource_id IS NOT NULL
                          THEN 'it has whom it was about, and no salt'
                          WHEN (SELECT pg_catalog.count(DISTINCT r.released_by) FROM auditproof.legal_hold_release AS r
                                WHERE r.hold_id = h.hold_id) < 2
                          THEN 'whom it is about was forgotten while it is in force' END
                WHEN h.subject_commitment <> pg_catalog.sha256('\x02'::pg_catalog.bytea || h.subject_salt
                         || pg_catalog.convert_to(pg_catalog.json_build_array(h.actor_ids, h.actor_email, h.resource_id)
                                                  ::pg_catalog.text, 'UTF8'))
                THEN 'it is not about whom it was placed for' END AS wrong
    FROM auditproof.legal_hold AS h
    UNION ALL
    SELECT r.hold_id, h.chain_id, 'release of hold ' || r.hold_id, 'audit.hold_released', r.authorised_by, r.released_by,
           pg_catalog.json_build_array('auditproof/release', r.hold_id, r.released_by,
               pg_catalog.trunc(EXTRACT(epoch FROM r.released_at) * 1000000), r.reason),
           CASE WHEN h.hold_id IS NULL THEN 'there is no such hold' END
    FROM auditproof.legal_hold_release AS r
    LEFT JOIN auditproof.legal_hold AS h ON h.hold_id = r.hold_id
), judged AS (
    SELECT c.authorised_by AS log_id, c.name,
           CASE WHEN c.wrong IS NOT NULL THEN c.wrong
                WHEN e.log_id IS NULL THEN 'no chained entry tells of it'
                WHEN l.id IS NULL THEN 'the entry that told of it is gone'
                WHEN l.action <> c.action OR l.resource_id IS DISTINCT FROM c.hold_id
                     OR l.metadata ->> 'digest' IS DISTINCT FROM pg_catalog.encode(pg_catalog.sha256(
                            pg_catalog.convert_to(c.text::pg_catalog.text, 'UTF8')), 'hex')
                THEN 'the entry that tells of it says something else'
                -- no application can choose a salt, and so none an id like this
                WHEN l.id <> pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
                                 'auditproof/retention'::pg_catalog.bytea || l.chain_salt), 1, 16), 'hex')::pg_catalog.uuid
                     OR l.metadata ->> 'login' IS DISTINCT FROM c.login
                THEN 'the entry that tells of it was written by another login' END AS why
    FROM claims AS c
    LEFT JOIN auditproof.chain_entry AS e
        ON e.chain_id = '00000000-0000-0000-0000-000000000000' AND e.log_id = c.authorised_by
        AND e.log_id::pg_catalog.text = c.authorised_by::pg_catalog.text
    LEFT JOIN public.audit_logs AS l
        ON l.id = e.log_id AND l.id::pg_catalog.text = e.log_id::pg_catalog.text AND l.organization_id IS NULL
    WHERE $1::pg_catalog.uuid IS NULL OR c.chain_id IS NULL OR c.chain_id = $1::pg_catalog.uuid OR c.wrong IS NOT NULL
)
SELECT '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid, j.log_id, j.name, j.why, pg_catalog.count(*) OVER ()
FROM judged AS j
WHERE j.why IS NOT NULL
ORDER BY j.name, j.log_id
LIMIT $2::pg_catalog.int8;
