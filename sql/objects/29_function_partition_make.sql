-- Makes the partition of one month, and moves there the rows that came before it, which are in the DEFAULT partition;
-- returns how many these were. It is made beside the table and then attached, which stops nobody from reading and writing
-- the other partitions; the DEFAULT partition is locked while it is searched for rows of the month.
-- Belongs to the owner of audit_logs, so that a timer's login need not be that.
CREATE OR REPLACE FUNCTION auditproof.partition_make(tab text, month timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET row_security = on
AS $body$
DECLARE
    parent CONSTANT regclass := to_regclass(format('public.%I', tab));
    name CONSTANT text := tab || to_char(month, '_YYYY_MM');
    until CONSTANT timestamptz := month + interval '1 month';
    owner CONSTANT regrole := (SELECT c.relowner FROM pg_class c WHERE c.oid = parent);
    rest regclass;
    moved bigint := 0;
    t record;
BEGIN
    IF tab NOT IN ('audit_logs', 'performance_analytics') OR month IS DISTINCT FROM date_trunc('month', month) THEN
        RAISE EXCEPTION '% has no partition for %', tab, month USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF EXISTS (SELECT FROM auditproof.partition_list(parent) p
                WHERE NOT p.is_default AND coalesce(p.from_time, '-infinity') < until
                  AND coalesce(p.to_time, 'infinity') > month) THEN
        RETURN 0; -- somebody else was first
    END IF;
    INSERT INTO auditproof.partition_work (xid) VALUES (pg_current_xact_id());
    EXECUTE format('CREATE TABLE public.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
                   'INCLUDING COMPRESSION)', name, parent);
    -- A partitioned table's own key would have to hold created_at, which can be NULL: each partition has the plain one.
    IF NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = parent AND k.contype = 'p') THEN
        EXECUTE format('ALTER TABLE public.%I ADD PRIMARY KEY (id)', name);
    END IF;
    EXECUTE format('ALTER TABLE public.%I OWNER TO %s', name, owner);

    SELECT p.partition INTO rest FROM auditproof.partition_list(parent) p WHERE p.is_default;
    IF FOUND THEN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rest);
        EXECUTE format('INSERT INTO public.%I SELECT * FROM ONLY %s WHERE created_at >= $1 AND created_at < $2', name, rest)
          USING month, until;
        GET DIAGNOSTICS moved = ROW_COUNT;
    END IF;
    IF moved > 0 THEN
        -- The guards are for whoever takes rows out of the table: these stay in it.
        FOR t IN SELECT g.tgname, g.tgenabled FROM pg_trigger g WHERE g.tgrelid = rest AND NOT g.tgisinternal
                                                                  AND g.tgenabled <> 'D' LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', rest, t.tgname);
        END LOOP;
        EXECUTE format('DELETE FROM ONLY %s WHERE created_at >= $1 AND created_at < $2', rest) USING month, until;
        FOR t IN SELECT g.tgname, p.tgenabled
                   FROM pg_trigger g JOIN pg_trigger p ON p.tgrelid = parent AND p.tgname = g.tgname
                  WHERE g.tgrelid = rest AND NOT g.tgisinternal LOOP
            EXECUTE format('ALTER TABLE %s ENABLE %s TRIGGER %I', rest,
                           CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, t.tgname);
        END LOOP;
    END IF;
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', parent, name, month, until);
    PERFORM auditproof.protect_partition(to_regclass(format('public.%I', name)));
    DELETE FROM auditproof.partition_work w WHERE w.xid = pg_current_xact_id();
    INSERT INTO public.audit_logs (actor_role, action, resource_type, risk_level, metadata)
    VALUES (session_user, 'audit.partition_made', 'table', 'low',
            jsonb_build_object('table', tab, 'partition', name, 'from', month, 'to', until, 'moved', moved));
    RETURN moved;
END
$body$;
