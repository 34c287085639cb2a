-- Be the only adopter of this database, for as long as the session lasts.
-- Parameters: none.
-- Columns: did we get the lock; the server process that holds it where we did not.
SELECT l.got, CASE WHEN NOT l.got THEN
           (SELECT p.pid FROM pg_catalog.pg_locks p
            WHERE p.locktype = 'advisory' AND p.granted AND p.objsubid = 2
              AND p.classid = (pg_catalog.hashtext('auditproof')::bigint & 4294967295)
              AND p.objid = (pg_catalog.hashtext('adopt')::bigint & 4294967295)
              AND p.database = (SELECT d.oid FROM pg_catalog.pg_database d
                                WHERE d.datname = pg_catalog.current_database())
            LIMIT 1) END
FROM (SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext('auditproof'), pg_catalog.hashtext('adopt'))) AS l(got);
