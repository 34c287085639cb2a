-- The same for a month of performance_analytics: every row is of a tenant that the plan names, from before its cutoff, or
-- the one that the policy in force gives now, and no hold covers any of the tenant's.
CREATE OR REPLACE FUNCTION auditproof.purge_partition_rows(plan bytea, partition regclass, asked_at timestamptz)
RETURNS TABLE (purged bigint, why text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET lock_timeout = '1s'
AS $body$
DECLARE
    claimed CONSTANT uuid := auditproof.purge_claim(plan, NULL, asked_at);
    month record;
    part record;
BEGIN
    SELECT p.* INTO month FROM auditproof.partition_list('public.performance_analytics') p
     WHERE p.partition = purge_partition_rows.partition AND p.from_time IS NOT NULL AND p.to_time IS NOT NULL;
    IF claimed IS NULL OR NOT FOUND THEN
        RETURN;
    END IF;
    purged := 0;
    FOR part IN EXECUTE
        'SELECT auditproof.chain_of(p.organization_id) AS chain, count(*) AS rows,
                max(greatest(p."timestamp", p.created_at)) AS newest
           FROM public.performance_analytics p WHERE p.created_at >= $1 AND p.created_at < $2 GROUP BY p.organization_id'
        USING month.from_time, month.to_time
    LOOP
        IF EXISTS (SELECT FROM auditproof.holds_of(part.chain))
           OR NOT EXISTS (SELECT FROM auditproof.purge_plan p CROSS JOIN json_array_elements(p.text::json -> 'chains') AS c (part)
                           WHERE p.digest = plan AND c.part ->> 'chain' = part.chain::text
                             AND part.newest < least((c.part ->> 'cutoff')::timestamptz,
                                 ((clock_timestamp() AT TIME ZONE 'UTC')::date - auditproof.keep_days(part.chain))::timestamp
                                     AT TIME ZONE 'UTC')) THEN
            RAISE EXCEPTION USING ERRCODE = 'raise_exception', MESSAGE = format('not all rows of %s may leave', part.chain);
        END IF;
        INSERT INTO auditproof.purge_count (digest, chain_id, number, rows, purged_at)
        SELECT plan, part.chain, coalesce(max(c.number), 0) + 1, part.rows, clock_timestamp()
          FROM auditproof.purge_count c WHERE c.digest = plan AND c.chain_id = part.chain;
        purged := purged + part.rows;
    END LOOP;
    PERFORM auditproof.partition_drop(partition, purged, NULL);
    RETURN NEXT;
EXCEPTION WHEN raise_exception THEN
    purged := NULL;
    why := SQLERRM;
    RETURN NEXT;
END
$body$;
