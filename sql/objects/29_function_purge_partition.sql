-- Drops a month of audit_logs when a plan names all of its entries and all of them may leave, by what auditproof.purge_weigh
-- asks of each: they verify, their window is over by the policy in force, and no hold covers them. That they verify was found
-- before (auditproof.purge_verify); what is dropped must be the very rows that were found to. Records first what leaves.
-- How many left; or, where some may not, NULL and why, and then they leave one by one; `again` when that is only that
-- nobody has verified the month as it is. No row when the plan's time is over, or the month is there no more.
CREATE OR REPLACE FUNCTION auditproof.purge_partition(plan bytea, partition regclass, asked_at timestamptz)
RETURNS TABLE (purged bigint, why text, again boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET lock_timeout = '1s'
AS $body$
DECLARE
    claimed CONSTANT uuid := auditproof.purge_claim(plan, NULL, asked_at);
    today CONSTANT date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    verified auditproof.purge_verified;
    part record;
BEGIN
    IF claimed IS NULL
       OR NOT EXISTS (SELECT FROM pg_inherits i
                       WHERE i.inhrelid = partition AND i.inhparent = to_regclass('public.audit_logs')) THEN
        RETURN;
    END IF;
    again := false;
    SELECT v.* INTO verified FROM auditproof.purge_verified v
     WHERE v.digest = plan AND v.partition_id = purge_partition.partition ORDER BY v.number DESC LIMIT 1;
    IF verified.filenode IS DISTINCT FROM (SELECT c.relfilenode FROM pg_class c WHERE c.oid = partition) THEN
        why := 'the month as it is was not verified';
        again := true;
        RETURN NEXT;
        RETURN;
    END IF;
    FOR part IN
        SELECT c.chain, c.entries, auditproof.retention_until(c.newest, NULL, auditproof.keep_years(c.chain)) AS until,
               EXISTS (SELECT FROM auditproof.holds_of(c.chain)) AS held
          FROM jsonb_to_recordset(verified.chains) AS c (chain uuid, entries bigint, newest timestamptz)
    LOOP
        IF (part.until <= today) IS NOT TRUE THEN
            RAISE EXCEPTION USING ERRCODE = 'raise_exception',
                MESSAGE = format('entries of chain %s were recorded too late', part.chain);
        ELSIF part.held THEN
            RAISE EXCEPTION USING ERRCODE = 'raise_exception', MESSAGE = format('chain %s is under legal hold', part.chain);
        END IF;
    END LOOP;
    WITH leaving AS (
        SELECT c.chain, (r.range ->> 0)::bigint AS from_seq, (r.range ->> 1)::bigint AS to_seq
          FROM jsonb_to_recordset(verified.chains) AS c (chain uuid, ranges jsonb)
         CROSS JOIN jsonb_array_elements(c.ranges) AS r (range)
    ), recorded AS (
        INSERT INTO auditproof.purge_range (chain_id, purge_id, from_seq, to_seq, purged_at)
        SELECT l.chain, claimed, l.from_seq, l.to_seq, clock_timestamp() FROM leaving l
    ), forgotten AS (
        UPDATE auditproof.risk_finding f SET groups = NULL
          FROM leaving l
         WHERE f.chain_id = l.chain AND f.seq >= l.from_seq AND f.seq <= l.to_seq AND f.groups IS NOT NULL
    )
    SELECT sum(l.to_seq - l.from_seq + 1) AS entries,
           min(l.chain::text) FILTER (WHERE NOT EXISTS (SELECT FROM auditproof.purge_plan_range g
                                                         WHERE g.digest = plan AND g.chain_id = l.chain
                                                           AND g.from_seq <= l.from_seq AND g.to_seq >= l.to_seq)) AS beyond
      INTO part FROM leaving l;
    IF part.beyond IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'raise_exception',
            MESSAGE = format('the plan does not name all entries of chain %s', part.beyond);
    ELSIF coalesce(part.entries, 0) <> verified.rows THEN
        RAISE EXCEPTION '% of % rows of % are on record as verified', coalesce(part.entries, 0), verified.rows, partition
            USING ERRCODE = 'data_corrupted';
    END IF;
    PERFORM auditproof.partition_drop(partition, verified.rows, verified.versions);
    purged := verified.rows;
    RETURN NEXT;
-- What was recorded goes with the block.
EXCEPTION
    WHEN raise_exception THEN
        purged := NULL;
        why := SQLERRM;
        RETURN NEXT;
    WHEN serialization_failure THEN
        purged := NULL;
        why := SQLERRM;
        again := true;
        RETURN NEXT;
END
$body$;
