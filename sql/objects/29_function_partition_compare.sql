-- Do a table and its copy hold the same rows? Where they do not (VACUUM FULL moves rows about), what should not be there is
-- taken out of the copy, and copying begins again.
CREATE OR REPLACE FUNCTION auditproof.partition_compare(tab text) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    same boolean;
BEGIN
    EXECUTE format('SELECT (SELECT (count(*), sum(hashtextextended(t::text, 0))) FROM ONLY public.%I t) IS NOT DISTINCT FROM '
                   '(SELECT (count(*), sum(hashtextextended(t::text, 0))) FROM public.%I t)', tab, tab || '_copy') INTO same;
    IF NOT same THEN
        PERFORM pg_advisory_xact_lock(1635083369, hashtext(tab));
        EXECUTE format('DELETE FROM public.%I c WHERE NOT EXISTS '
                       '(SELECT FROM ONLY public.%I s WHERE s.id = c.id AND s::text = c::text)', tab || '_copy', tab);
        EXECUTE format('COMMENT ON TABLE public.%I IS ''0 blocks copied''', tab || '_copy');
    END IF;
    RETURN same;
END
$body$;
