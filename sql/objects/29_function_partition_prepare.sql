-- Begins to move a table to partitions: makes TABLE_copy, partitioned by month of created_at, from the month of the
-- oldest row to so many ahead, and has everything that is done to the table done to it too. The copy has the table's
-- columns, checks, foreign keys and indexes; it takes over its triggers, policies and privileges with its name.
CREATE OR REPLACE FUNCTION auditproof.partition_prepare(tab text, ahead integer) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS $body$
DECLARE
    source CONSTANT regclass := format('public.%I', tab)::regclass;
    copy CONSTANT text := tab || '_copy';
    owner CONSTANT regrole := (SELECT c.relowner FROM pg_class c WHERE c.oid = source);
    this CONSTANT timestamptz := date_trunc('month', now());
    oldest timestamptz;
    item record;
BEGIN
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', source);
    EXECUTE format('CREATE TABLE public.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
                   'INCLUDING COMPRESSION INCLUDING COMMENTS) PARTITION BY RANGE (created_at)', copy, source);
    EXECUTE format('SELECT date_trunc(''month'', min(created_at)) FROM %s WHERE created_at >= $1', source)
       INTO oldest USING this - interval '20 years';
    FOR item IN
        SELECT tab || to_char(m, '_YYYY_MM') AS name, format('FOR VALUES FROM (%L) TO (%L)', m, m + interval '1 month') AS bound
          FROM generate_series(least(oldest, this), this + make_interval(months => ahead), interval '1 month') m
        UNION ALL
        SELECT tab || '_default', 'DEFAULT'
    LOOP
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I (PRIMARY KEY (id)) %s', item.name, copy, item.bound);
        EXECUTE format('ALTER TABLE public.%I OWNER TO %s', item.name, owner);
    END LOOP;
    FOR item IN SELECT k.conname, pg_get_constraintdef(k.oid) AS def FROM pg_constraint k
                 WHERE k.conrelid = source AND k.contype = 'f' LOOP
        EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I %s', copy, item.conname, item.def);
    END LOOP;
    FOR item IN SELECT c.relname, pg_get_indexdef(i.indexrelid) AS def
                  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                 WHERE i.indrelid = source AND NOT i.indisprimary AND i.indisvalid LOOP
        EXECUTE format('CREATE INDEX %I ON public.%I %s', 'moving_' || left(item.relname, 56), copy,
                       substr(item.def, strpos(item.def, ' USING ')));
    END LOOP;
    EXECUTE format('ALTER TABLE public.%I OWNER TO %s', copy, owner);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC', copy);
    FOR item IN SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a
                 WHERE c.oid = to_regclass(format('public.%I', copy)) AND a.grantee <> c.relowner AND a.grantee <> 0 LOOP
        EXECUTE format('REVOKE ALL ON public.%I FROM %s', copy, item.grantee::regrole);
    END LOOP;
    EXECUTE format('GRANT SELECT, INSERT, DELETE, TRUNCATE ON public.%I TO auditproof_owner', copy);
    EXECUTE format('COMMENT ON TABLE public.%I IS ''0 blocks copied''', copy);
    EXECUTE format('CREATE TRIGGER auditproof_mirror AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW '
                   'EXECUTE FUNCTION auditproof.partition_mirror()', source);
    EXECUTE format('CREATE TRIGGER auditproof_mirror_lock BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT '
                   'EXECUTE FUNCTION auditproof.partition_mirror()', source);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER auditproof_mirror, ENABLE ALWAYS TRIGGER auditproof_mirror_lock',
                   source);
END
$body$;
