-- auditproof.adopt_batch(after_time, after_id, undated, most): give the next rows their salts and chain them.
--
-- The next rows are the first `most` without a salt past (after_time, after_id) in the order (created_at, id), or, when
-- undated, past after_id among those without created_at, which come last. Returns how many there were, how many were
-- adopted (a foreign key may have removed some meanwhile), where the next call goes on, and for how long chains were
-- locked before the commit.
--
-- Runs as its caller, who must own audit_logs: nobody else can change a row, and auditproof.guard_entry lets this change
-- through for what it is. Chains are locked, in the order of their ids, only for the links and after all else is done. Batches of two adopters
-- take turns, so that the order along a chain holds even then.
CREATE OR REPLACE FUNCTION auditproof.adopt_batch(
    INOUT after_time timestamptz, INOUT after_id uuid, undated boolean, most integer,
    OUT taken integer, OUT adopted integer, OUT locked_us bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
-- Rows are reached through indexes only, whatever the statistics say: a batch must not cost a scan of the table.
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
-- Give way before the application would be chosen as the victim of a deadlock.
SET lock_timeout = '500ms'
AS $body$
DECLARE
    ids uuid[];
    chains uuid[];
    log_ids uuid[];
    contents bytea[];
    locked_at timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('auditproof.adopt_batch'));
    IF undated THEN
        SELECT array_agg(n.id), (array_agg(n.id ORDER BY n.id DESC))[1] INTO ids, after_id
        FROM (SELECT l.id FROM public.audit_logs l
              WHERE l.chain_salt IS NULL AND l.created_at IS NULL AND l.id > after_id
              ORDER BY l.id LIMIT most) n;
    ELSE
        SELECT array_agg(n.id), (array_agg(n.created_at))[count(*)], (array_agg(n.id))[count(*)]
        INTO ids, after_time, after_id
        FROM (SELECT l.id, l.created_at FROM public.audit_logs l
              WHERE l.chain_salt IS NULL AND (l.created_at, l.id) > (after_time, after_id)
              ORDER BY l.created_at, l.id LIMIT most) n;
    END IF;
    taken := coalesce(cardinality(ids), 0);
    adopted := 0;
    locked_us := 0;
    IF taken = 0 THEN
        RETURN;
    END IF;

    WITH salted AS (
        UPDATE public.audit_logs l
        SET chain_salt = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
        -- put so that the planner cannot think of the index on all that is left to adopt
        WHERE l.id = ANY (ids) AND octet_length(l.chain_salt) IS NULL
        RETURNING l.*
    )
    SELECT array_agg(s.chain_id), array_agg(s.id), array_agg(s.content_hash) INTO chains, log_ids, contents
    FROM (SELECT coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') AS chain_id, l.id,
                 -- auditproof.content_hash, written out for what entries nearly always are: nothing is erased yet, and
                 -- calls would be half of the time
                 CASE WHEN l.created_at > '-infinity' AND l.created_at < '294247-01-01 00:00:00+00'
                           AND l.old_values IS DISTINCT FROM 'null' AND l.new_values IS DISTINCT FROM 'null'
                           AND l.metadata IS DISTINCT FROM 'null' THEN
                 sha256(convert_to(json_build_array('auditproof/1', l.id, l.organization_id,
                     trunc(extract(epoch FROM l.created_at) * 1000000),
                     l.actor_role, l.action, l.resource_type, l.risk_level,
                     encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 1, 16)
                         || convert_to(json_build_array(l.actor_id)::text, 'UTF8')), 'hex'),
                     encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 17, 16)
                         || convert_to(json_build_array(l.actor_email, l.ip_address, l.user_agent,
                                                        l.session_id)::text, 'UTF8')), 'hex'),
                     encode(sha256(E'\\x02'::bytea || substr(l.chain_salt, 33, 16)
                         || convert_to(json_build_array(l.resource_id, l.old_values, l.new_values,
                                                        l.metadata)::text, 'UTF8')), 'hex'))::text, 'UTF8'))
                 ELSE auditproof.content_hash(ROW(l.*)::public.audit_logs) END AS content_hash
          FROM salted l
          ORDER BY 1, l.created_at, l.id) s;
    adopted := coalesce(cardinality(log_ids), 0);
    IF adopted > 0 THEN
        locked_at := clock_timestamp();
        PERFORM auditproof.adopt_link(chains, log_ids, contents);
        locked_us := extract(epoch FROM clock_timestamp() - locked_at) * 1000000;
    END IF;
END
$body$;
