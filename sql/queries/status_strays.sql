-- What is in the DEFAULT partitions: auditproof.partition_strays(), through XML, for an earlier version has no such function.
-- Parameters: none. Columns: table, partition; rows that wait for the partition of their month; rows that have no month
SELECT 'public.' || s.name, (pg_catalog.xpath('//partition/text()', s.answer))[1]::text,
       (pg_catalog.xpath('//waiting/text()', s.answer))[1]::text::bigint,
       (pg_catalog.xpath('//outside/text()', s.answer))[1]::text::bigint
FROM (SELECT c.relname::text AS name,
             pg_catalog.query_to_xml(pg_catalog.format('SELECT * FROM auditproof.partition_strays(%L)', c.relname),
                                     false, false, '') AS answer
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_partitioned_table t ON t.partrelid = c.oid AND t.partdefid <> 0
      JOIN pg_catalog.pg_proc f ON f.proname = 'partition_strays' AND f.pronargs = 1
                                AND f.pronamespace = pg_catalog.to_regnamespace('auditproof')
      WHERE n.nspname = 'public' AND c.relname IN ('audit_logs', 'performance_analytics')
        AND pg_catalog.has_function_privilege(f.oid, 'EXECUTE')) s
ORDER BY s.name;
