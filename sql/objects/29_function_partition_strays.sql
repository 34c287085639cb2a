-- Rows in the DEFAULT partition: those that wait for the partition of their month, and those that never have one,
-- because created_at is NULL, more than twenty years ago, or beyond the months that are made ahead. Twenty years, so that
-- whoever may insert cannot make as many partitions as there are months. No row where there is no DEFAULT partition.
-- It counts in the partition itself, which only the owner may read, and so belongs to him.
CREATE OR REPLACE FUNCTION auditproof.partition_strays(tab text)
RETURNS TABLE (partition regclass, waiting bigint, outside bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS $body$
BEGIN
    FOR partition IN
        SELECT p.partition FROM auditproof.partition_list(to_regclass(format('public.%I', tab))) p WHERE p.is_default
    LOOP
        EXECUTE format('SELECT count(*) FILTER (WHERE within), count(*) FILTER (WHERE within IS NOT TRUE) '
                       'FROM (SELECT created_at >= $1 AND created_at < $2 AS within FROM ONLY %s) AS x', partition)
           INTO waiting, outside
          USING date_trunc('month', now() - interval '20 years'),
                greatest((SELECT max(p.to_time) FROM auditproof.partition_list(to_regclass(format('public.%I', tab))) p),
                         date_trunc('month', now()) + interval '1 month');
        RETURN NEXT;
    END LOOP;
END
$body$;
