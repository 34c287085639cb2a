-- Entries of a chain that a plan names, past one seq and up to another: why each may not leave, or NULL. What is gone already
-- says so. The hash of an entry is written out for those that are as most are: the function that does all costs many times
-- as much, for every row. So is auditproof.entry_hash().
-- Where audit_logs is partitioned, an entry is looked for in the months that the plan is about, instead of in all of them.
CREATE OR REPLACE FUNCTION auditproof.purge_weigh(plan bytea, chain uuid, after_seq bigint, through_seq bigint)
RETURNS TABLE (seq bigint, log_id uuid, why text, holds uuid[], created_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $body$
DECLARE
    cutoff CONSTANT timestamptz := auditproof.retention_cutoff((clock_timestamp() AT TIME ZONE 'UTC')::date,
                                                               auditproof.keep_years(chain));
    erased CONSTANT bytea := E'\\x00000000000000000000000000000000';
    held CONSTANT boolean := EXISTS (SELECT FROM auditproof.holds_of(chain));
    first_at timestamptz := '-infinity';
    last_at timestamptz := 'infinity';
BEGIN
    IF EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = to_regclass('public.audit_logs')) THEN
        SELECT (c.part ->> 'created_from')::timestamptz, (c.part ->> 'created_to')::timestamptz INTO first_at, last_at
          FROM auditproof.purge_plan p CROSS JOIN json_array_elements(p.text::json -> 'chains') AS c (part)
         WHERE p.digest = plan AND c.part ->> 'chain' = chain::text;
    END IF;
    RETURN QUERY
        SELECT w.seq, w.log_id,
               CASE WHEN w.absent THEN CASE WHEN w.purged_to >= w.seq THEN 'gone' ELSE 'missing' END
                    WHEN w.altered THEN 'altered'
                    WHEN w.due IS NOT TRUE THEN 'window'
                    WHEN w.holds IS NOT NULL THEN 'held' END, w.holds, w.created_at
          FROM (SELECT e.seq, e.log_id, l.created_at, l.id IS NULL AS absent,
                       greatest(l.created_at, e.recorded_at) < cutoff AS due,
                       (SELECT c.to_seq FROM auditproof.purge_range c
                         WHERE l.id IS NULL AND c.chain_id = chain AND c.from_seq <= e.seq
                         ORDER BY c.from_seq DESC LIMIT 1) AS purged_to,
                       CASE WHEN held THEN (SELECT array_agg(h.id ORDER BY h.id)
                                              FROM auditproof.holds_on(l) AS h (id)) END AS holds,
                       (CASE WHEN octet_length(l.chain_salt) = 48 AND l.created_at > '-infinity'
                                  AND l.created_at < '294247-01-01 00:00:00+00' AND l.old_values IS DISTINCT FROM 'null'
                                  AND l.new_values IS DISTINCT FROM 'null' AND l.metadata IS DISTINCT FROM 'null'
                                  AND substr(l.chain_salt, 1, 16) <> erased AND substr(l.chain_salt, 17, 16) <> erased
                                  AND substr(l.chain_salt, 33, 16) <> erased
                             THEN sha256(convert_to(json_build_array('auditproof/1', l.id, l.organization_id,
                                 trunc(extract(epoch FROM l.created_at) * 1000000), l.actor_role, l.action, l.resource_type,
                                 l.risk_level,
                                 encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 1, 16)
                                     || convert_to(json_build_array(l.actor_id)::text, 'UTF8')), 'hex'),
                                 encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 17, 16)
                                     || convert_to(json_build_array(l.actor_email, l.ip_address, l.user_agent,
                                                                    l.session_id)::text, 'UTF8')), 'hex'),
                                 encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 33, 16)
                                     || convert_to(json_build_array(l.resource_id, l.old_values, l.new_values,
                                                                    l.metadata)::text, 'UTF8')), 'hex'))::text, 'UTF8'))
                             ELSE auditproof.content_hash(l) END <> e.content_hash
                        OR sha256(E'\\x0041503145'::bytea || uuid_send(e.chain_id) || int8send(e.seq)
                               || timestamptz_send(e.recorded_at + interval '262968 hours')
                               || CASE e.seq WHEN 1 THEN E'\\x0000000000000000000000000000000000000000000000000000000000000000'
                                       ELSE (SELECT b.entry_hash FROM auditproof.chain_entry b
                                              WHERE b.chain_id = chain AND b.seq = e.seq - 1) END
                               || e.content_hash) <> e.entry_hash) IS NOT FALSE AS altered
                  FROM auditproof.purge_plan_range r
                  JOIN auditproof.chain_entry e ON e.chain_id = r.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq
                  LEFT JOIN public.audit_logs l
                    ON l.id = e.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
                       AND (l.created_at >= first_at AND l.created_at <= last_at OR l.created_at IS NULL)
                 WHERE r.digest = plan AND r.chain_id = chain AND r.to_seq > after_seq AND r.from_seq <= through_seq
                   AND e.seq > after_seq AND e.seq <= through_seq) AS w;
END
$body$;
