-- Copies the next blocks of a table that is moving, and says how far it is. What was written since partition_prepare()
-- is in the copy already.
CREATE OR REPLACE FUNCTION auditproof.partition_copy(tab text, blocks bigint, OUT done bigint, OUT total bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    source CONSTANT regclass := format('public.%I', tab)::regclass;
    copy CONSTANT regclass := format('public.%I', tab || '_copy')::regclass;
BEGIN
    PERFORM pg_advisory_xact_lock(1635083369, hashtext(tab));
    done := split_part(obj_description(copy, 'pg_class'), ' ', 1)::bigint;
    total := pg_relation_size(source) / current_setting('block_size')::bigint;
    EXECUTE format('INSERT INTO %s SELECT * FROM ONLY %s WHERE ctid >= $1 AND ctid < $2 ON CONFLICT DO NOTHING', copy, source)
      USING format('(%s,0)', done)::tid, format('(%s,0)', least(done + blocks, 4294967295))::tid;
    done := least(done + blocks, total);
    EXECUTE format('COMMENT ON TABLE %s IS %L', copy, done || ' blocks copied');
END
$body$;
