-- May the platform's profiles be read, as far as a person's page goes?
-- Parameters: none. Columns: yes or no
SELECT pg_catalog.count(*) = 4
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = pg_catalog.to_regclass('public.profiles') AND NOT a.attisdropped
  AND a.attname IN ('id', 'email', 'is_active', 'updated_at')
  AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')
