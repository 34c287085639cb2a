-- audit_logs and performance_analytics by month, where they are not yet and have nothing in them.
DO $do$
DECLARE
    tab text;
    has_rows boolean;
    problem text;
BEGIN
    FOREACH tab IN ARRAY ARRAY['audit_logs', 'performance_analytics'] LOOP
        CONTINUE WHEN (SELECT c.relkind FROM pg_catalog.pg_class c
                        WHERE c.oid = pg_catalog.to_regclass('public.' || tab)) = 'p';
        EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM public.%I)', tab) INTO has_rows;
        IF has_rows THEN
            RAISE EXCEPTION 'public.% has rows, and is not moved while all wait for it', tab
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Install without --partitioned, and run auditmigrate partition.';
        END IF;
        FOR problem IN SELECT p FROM auditproof.partition_problems(tab) AS p LOOP
            RAISE EXCEPTION 'public.% cannot be partitioned: %', tab, problem
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END LOOP;
        PERFORM auditproof.partition_prepare(tab, 12);
        PERFORM auditproof.partition_swap(tab);
    END LOOP;
END
$do$;
