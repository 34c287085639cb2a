-- auditproof.adopt_plan() → rows to adopt, chains they belong to. Opens an adoption for every chain that has rows without
-- a salt and none open. Reads the whole table once and locks nothing that a writer wants.
CREATE OR REPLACE FUNCTION auditproof.adopt_plan(OUT row_count bigint, OUT chain_count bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    WITH unadopted AS MATERIALIZED (
        SELECT coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') AS chain_id, count(*) AS row_count,
               min(l.created_at) AS created_from, max(l.created_at) AS created_to
        FROM public.audit_logs l
        WHERE l.chain_salt IS NULL
        GROUP BY 1
    ), planned AS (
        INSERT INTO auditproof.adoption (chain_id, number, row_count, created_from, created_to)
        SELECT u.chain_id,
               coalesce((SELECT max(a.number) FROM auditproof.adoption a WHERE a.chain_id = u.chain_id), 0) + 1,
               u.row_count, u.created_from, u.created_to
        FROM unadopted u
        WHERE NOT EXISTS (SELECT FROM auditproof.adoption a
                          WHERE a.chain_id = u.chain_id AND a.finished_log_id IS NULL)
    ), dropped AS (
        -- planned by a run that was killed before it began, and since then a foreign key has removed the rows
        DELETE FROM auditproof.adoption a
        WHERE a.started_log_id IS NULL AND NOT EXISTS (SELECT FROM unadopted u WHERE u.chain_id = a.chain_id)
    )
    SELECT coalesce(sum(u.row_count), 0), count(*) INTO adopt_plan.row_count, chain_count FROM unadopted u;
END
$body$;
