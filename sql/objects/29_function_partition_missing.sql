-- The months that have no partition and should have one: this one and so many ahead, and those that rows in the DEFAULT
-- partition wait for. Belongs to the owner of audit_logs, like the next.
CREATE OR REPLACE FUNCTION auditproof.partition_missing(tab text, ahead integer) RETURNS SETOF timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS $body$
DECLARE
    parent CONSTANT regclass := to_regclass(format('public.%I', tab));
    this CONSTANT timestamptz := date_trunc('month', now());
    rest regclass;
    lacking timestamptz[];
    waiting timestamptz[];
BEGIN
    SELECT array_agg(m) INTO lacking FROM generate_series(this, this + make_interval(months => ahead), '1 month') m;
    SELECT p.partition INTO rest FROM auditproof.partition_list(parent) p WHERE p.is_default;
    IF FOUND THEN
        EXECUTE format('SELECT array_agg(DISTINCT date_trunc(''month'', created_at)) FROM ONLY %s '
                       'WHERE created_at >= $1 AND created_at < $2', rest)
           INTO waiting
          USING this - interval '20 years', this + make_interval(months => ahead + 1);
    END IF;
    RETURN QUERY
    SELECT DISTINCT m FROM unnest(lacking || waiting) AS m
     WHERE NOT EXISTS (SELECT FROM auditproof.partition_list(parent) p
                        WHERE NOT p.is_default AND coalesce(p.from_time, '-infinity') < m + interval '1 month'
                          AND coalesce(p.to_time, 'infinity') > m)
     ORDER BY m;
END
$body$;
