-- Verifies a month of audit_logs for a plan, before it is dropped: that each entry is as it was chained, and the link of
-- each in its chain. Keeps what it saw, by which auditproof.purge_partition can tell whether that is still what is there.
-- Why the month cannot leave as a whole, or NULL. Lets nothing leave: all else is asked for when something does, and here
-- only to save the work.
--
-- Reads as of one moment. The hash of an entry is written out for those that are as most are, and that of a link, too: a
-- function costs many times as much, for every row.
CREATE OR REPLACE FUNCTION auditproof.purge_verify(plan bytea, partition regclass) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $body$
DECLARE
    nil CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    erased CONSTANT bytea := E'\\x00000000000000000000000000000000';
    month record;
    named uuid[];
    other uuid;
    seen record;
BEGIN
    SELECT p.from_time, p.to_time, c.relfilenode INTO month
      FROM auditproof.partition_list('public.audit_logs') p JOIN pg_class c ON c.oid = p.partition
     WHERE p.partition = purge_verify.partition AND p.from_time IS NOT NULL AND p.to_time IS NOT NULL;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM auditproof.purge_plan p
                                 WHERE p.digest = plan AND p.text::json ->> 'table' = 'audit_logs') THEN
        RAISE EXCEPTION '% is not a month of audit_logs, or % not a plan of what leaves there', partition, encode(plan, 'hex')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT array_agg((c.part ->> 'chain')::uuid) INTO named
      FROM auditproof.purge_plan p CROSS JOIN json_array_elements(p.text::json -> 'chains') AS c (part)
     WHERE p.digest = plan AND (c.part ->> 'entries')::bigint > 0;
    SELECT c.chain INTO other
      FROM (SELECT DISTINCT coalesce(l.organization_id, nil) AS chain FROM public.audit_logs l
             WHERE l.created_at >= month.from_time AND l.created_at < month.to_time) AS c
     WHERE (c.chain = ANY (named)) IS NOT TRUE OR EXISTS (SELECT FROM auditproof.holds_of(c.chain)) LIMIT 1;
    IF FOUND THEN
        RETURN format('the plan does not name entries of chain %s, or it is under legal hold', other);
    END IF;
    WITH hashed AS (
        SELECT coalesce(l.organization_id, nil) AS chain, l.created_at, e.seq, e.recorded_at,
               CASE WHEN octet_length(l.chain_salt) = 48 AND l.old_values IS DISTINCT FROM 'null'
                         AND l.new_values IS DISTINCT FROM 'null' AND l.metadata IS DISTINCT FROM 'null'
                         AND substr(l.chain_salt, 1, 16) <> erased AND substr(l.chain_salt, 17, 16) <> erased
                         AND substr(l.chain_salt, 33, 16) <> erased AND l.created_at < '294247-01-01 00:00:00+00'
                    THEN sha256(convert_to(json_build_array('auditproof/1', l.id, l.organization_id,
                        trunc(extract(epoch FROM l.created_at) * 1000000), l.actor_role, l.action, l.resource_type, l.risk_level,
                        encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 1, 16)
                            || convert_to(json_build_array(l.actor_id)::text, 'UTF8')), 'hex'),
                        encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 17, 16)
                            || convert_to(json_build_array(l.actor_email, l.ip_address, l.user_agent,
                                                           l.session_id)::text, 'UTF8')), 'hex'),
                        encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 33, 16)
                            || convert_to(json_build_array(l.resource_id, l.old_values, l.new_values,
                                                           l.metadata)::text, 'UTF8')), 'hex'))::text, 'UTF8'))
                    ELSE auditproof.content_hash(l) END = e.content_hash
                   AND sha256(E'\\x0041503145'::bytea || uuid_send(e.chain_id) || int8send(e.seq)
                              -- PostgreSQL counts microseconds from 2000, which is 262968 hours after 1970.
                              || timestamptz_send(e.recorded_at + interval '262968 hours')
                              || CASE e.seq WHEN 1 THEN E'\\x0000000000000000000000000000000000000000000000000000000000000000'
                                      ELSE (SELECT b.entry_hash FROM auditproof.chain_entry b
                                             WHERE b.chain_id = e.chain_id AND b.seq = e.seq - 1) END
                              || e.content_hash) = e.entry_hash AS as_chained
          FROM public.audit_logs l
          LEFT JOIN auditproof.chain_entry e ON e.chain_id = coalesce(l.organization_id, nil) AND e.log_id = l.id
         WHERE l.created_at >= month.from_time AND l.created_at < month.to_time
        OFFSET 0 -- hashed before they are sorted by chain
    ), islands AS (
        SELECT h.chain, count(*) AS entries, min(h.seq) AS from_seq, max(h.seq) AS to_seq,
               count(*) FILTER (WHERE h.as_chained IS NOT TRUE) AS altered,
               max(greatest(h.created_at, h.recorded_at)) AS newest
          FROM (SELECT s.*, s.seq - row_number() OVER (PARTITION BY s.chain ORDER BY s.seq) AS island FROM hashed s) AS h
         GROUP BY h.chain, h.island
    ), parts AS (
        SELECT i.chain, sum(i.altered) AS altered,
               jsonb_build_object('chain', i.chain, 'entries', sum(i.entries), 'newest', max(i.newest),
                                  'ranges', jsonb_agg(jsonb_build_array(i.from_seq, i.to_seq) ORDER BY i.from_seq)) AS part
          FROM islands i
         GROUP BY i.chain
    )
    SELECT v.rows, v.versions, p.altered, p.first_altered, p.parts INTO seen
      FROM (SELECT sum(a.altered) AS altered, min(a.chain::text) FILTER (WHERE a.altered > 0) AS first_altered,
                   coalesce(jsonb_agg(a.part ORDER BY a.chain), '[]') AS parts
              FROM parts a) AS p
     CROSS JOIN (SELECT count(*) AS rows, coalesce(sum(hashtidextended(l.ctid, l.xmin::text::bigint)), 0) AS versions
                   FROM public.audit_logs l
                  WHERE l.created_at >= month.from_time AND l.created_at < month.to_time) AS v;
    IF seen.altered > 0 THEN
        RETURN format('%s entries do not verify, the first of them in chain %s', seen.altered, seen.first_altered);
    END IF;
    PERFORM FROM auditproof.purge_plan p WHERE p.digest = plan FOR UPDATE;
    INSERT INTO auditproof.purge_verified (digest, partition_id, number, partition_name, filenode, rows, versions, chains,
                                           verified_by, verified_at)
    SELECT plan, partition, coalesce(max(v.number), 0) + 1, partition::text, month.relfilenode, seen.rows, seen.versions,
           seen.parts, session_user, clock_timestamp()
      FROM auditproof.purge_verified v WHERE v.digest = plan AND v.partition_id = partition;
    RETURN NULL;
END
$body$;
