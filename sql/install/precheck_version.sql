-- What is recorded of earlier installations and does not fit this version. Only where auditproof.migration is there.
-- Parameters: none. Columns: problem
SELECT pg_catalog.format('version %s is installed, which is newer than this one (%s): use that version''s auditmigrate',
                         m.version, pg_catalog.current_setting('auditproof.version')) AS problem
FROM auditproof.migration m
WHERE m.number = 0
  AND pg_catalog.string_to_array(m.version, '.')::int[]
      > pg_catalog.string_to_array(pg_catalog.current_setting('auditproof.version'), '.')::int[]
UNION ALL
SELECT pg_catalog.format('migration %s (%s) is recorded and unknown to this version (%s): use the version that applied it, %s',
                         m.number, m.name, pg_catalog.current_setting('auditproof.version'), m.version)
FROM auditproof.migration m
WHERE m.number > 0
  AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_to_recordset(pg_catalog.current_setting('auditproof.migrations')::jsonb)
                              AS o(number int)
                  WHERE o.number = m.number)
UNION ALL
SELECT pg_catalog.format('migration %s (%s) was applied with SHA-256 %s and is %s here: released migrations never change, so'
                         || ' one of the two is not what it says', m.number, m.name, pg_catalog.encode(m.sha256, 'hex'),
                         o.sha256)
FROM auditproof.migration m
JOIN pg_catalog.jsonb_to_recordset(pg_catalog.current_setting('auditproof.migrations')::jsonb)
     AS o(number int, sha256 text) ON o.number = m.number
WHERE m.sha256 <> pg_catalog.decode(o.sha256, 'hex')
