-- Gives up moving a table to partitions: drops the copy and what feeds it.
CREATE OR REPLACE FUNCTION auditproof.partition_give_up(tab text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    EXECUTE format('DROP TRIGGER auditproof_mirror ON public.%I', tab);
    EXECUTE format('DROP TRIGGER auditproof_mirror_lock ON public.%I', tab);
    EXECUTE format('DROP TABLE public.%I', tab || '_copy');
END
$body$;
