-- Parameters: $1 'old', 'new' or 'metadata'; $2 path.
  AND (CASE $1::pg_catalog.text WHEN 'old' THEN l.old_values WHEN 'new' THEN l.new_values ELSE l.metadata END)
      #> $2::pg_catalog.text[] IS NOT NULL
