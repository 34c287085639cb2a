-- Drops a month of audit_logs when a plan names all of its entries and all of them may leave, by what auditproof.purge_weigh
-- asks of each: they verify, their window is over by the policy in force, and no hold covers them. Records first what
-- leaves. How many left; or, where some may not, NULL and why, and then they leave one by one. No row when the plan's time is
-- over, or the month is there no more.
--
-- The hash of an entry is written out for those that are as most are: what is read twice is paid for by every row.
CREATE OR REPLACE FUNCTION auditproof.purge_partition(plan bytea, partition regclass, asked_at timestamptz)
RETURNS TABLE (purged bigint, why text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET lock_timeout = '1s'
AS $body$
DECLARE
    nil CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    claimed CONSTANT uuid := auditproof.purge_claim(plan, NULL, asked_at);
    month record;
    part record;
BEGIN
    SELECT p.* INTO month FROM auditproof.partition_list('public.audit_logs') p
     WHERE p.partition = purge_partition.partition AND p.from_time IS NOT NULL AND p.to_time IS NOT NULL;
    IF claimed IS NULL OR NOT FOUND THEN
        RETURN;
    END IF;
    purged := 0;
    FOR part IN EXECUTE
        'SELECT w.chain, count(*) AS entries, array_agg(w.seq ORDER BY w.seq) AS seqs, array_agg(w.log_id) AS ids,
                count(*) FILTER (WHERE w.seq IS NULL OR w.altered IS NOT FALSE) AS altered,
                max(w.created_at) AS created_at, max(w.recorded_at) AS recorded_at
           FROM (SELECT coalesce(l.organization_id, $1) AS chain, l.id AS log_id, l.created_at, e.seq, e.recorded_at,
                        CASE WHEN octet_length(l.chain_salt) = 48 AND l.old_values IS DISTINCT FROM ''null''
                                  AND l.new_values IS DISTINCT FROM ''null'' AND l.metadata IS DISTINCT FROM ''null''
                                  AND substr(l.chain_salt, 1, 16) <> $4 AND substr(l.chain_salt, 17, 16) <> $4
                                  AND substr(l.chain_salt, 33, 16) <> $4
                             THEN sha256(convert_to(json_build_array(''auditproof/1'', l.id, l.organization_id,
                                trunc(extract(epoch FROM l.created_at) * 1000000), l.actor_role, l.action, l.resource_type,
                                l.risk_level,
                                encode(sha256(E''\\x02''::bytea || substr(l.chain_salt, 1, 16)
                                    || convert_to(json_build_array(l.actor_id)::text, ''UTF8'')), ''hex''),
                                encode(sha256(E''\\x02''::bytea || substr(l.chain_salt, 17, 16)
                                    || convert_to(json_build_array(l.actor_email, l.ip_address, l.user_agent,
                                                                   l.session_id)::text, ''UTF8'')), ''hex''),
                                encode(sha256(E''\\x02''::bytea || substr(l.chain_salt, 33, 16)
                                    || convert_to(json_build_array(l.resource_id, l.old_values, l.new_values,
                                                                   l.metadata)::text, ''UTF8'')), ''hex''))::text, ''UTF8''))
                             ELSE auditproof.content_hash(l) END <> e.content_hash AS altered
                   FROM public.audit_logs l
                   LEFT JOIN auditproof.chain_entry e
                     ON e.chain_id = coalesce(l.organization_id, $1) AND e.log_id = l.id
                  WHERE l.created_at >= $2 AND l.created_at < $3
                 OFFSET 0) AS w -- hashed before they are sorted by chain
          GROUP BY w.chain'
        USING nil, month.from_time, month.to_time, E'\\x00000000000000000000000000000000'::bytea
    LOOP
        why := CASE WHEN part.altered > 0 THEN format('%s entries of chain %s do not verify', part.altered, part.chain)
                    WHEN auditproof.retention_until(part.created_at, part.recorded_at, auditproof.keep_years(part.chain))
                         > (clock_timestamp() AT TIME ZONE 'UTC')::date
                    THEN format('entries of chain %s were recorded too late', part.chain)
                    WHEN EXISTS (SELECT FROM auditproof.holds_of(part.chain))
                    THEN format('chain %s is under legal hold', part.chain) END;
        IF why IS NULL THEN
            INSERT INTO auditproof.purge_range (chain_id, purge_id, from_seq, to_seq, purged_at)
            SELECT part.chain, claimed, min(s.seq), max(s.seq), clock_timestamp()
              FROM (SELECT u.seq, u.seq - row_number() OVER (ORDER BY u.seq) AS island FROM unnest(part.seqs) AS u (seq)) AS s
             GROUP BY s.island;
            IF EXISTS (SELECT FROM auditproof.purge_range g
                        WHERE g.chain_id = part.chain AND g.purge_id = claimed AND g.from_seq >= part.seqs[1]
                          AND g.from_seq <= part.seqs[part.entries]
                          AND NOT EXISTS (SELECT FROM auditproof.purge_plan_range r
                                           WHERE r.digest = plan AND r.chain_id = part.chain AND r.from_seq <= g.from_seq
                                             AND r.to_seq >= g.to_seq)) THEN
                why := format('the plan does not name all entries of chain %s', part.chain);
            END IF;
        END IF;
        IF why IS NOT NULL THEN
            -- What was recorded goes with the statement.
            RAISE EXCEPTION USING ERRCODE = 'raise_exception', MESSAGE = why;
        END IF;
        UPDATE auditproof.risk_finding f SET groups = NULL
         WHERE f.chain_id = part.chain AND f.groups IS NOT NULL AND f.log_id = ANY (part.ids);
        purged := purged + part.entries;
    END LOOP;
    PERFORM auditproof.partition_drop(partition, purged);
    RETURN NEXT;
EXCEPTION WHEN raise_exception THEN
    purged := NULL;
    why := SQLERRM;
    RETURN NEXT;
END
$body$;
