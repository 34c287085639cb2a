-- Parameters: $1 'old', 'new' or 'metadata'; $2 path; $3 the text of what is there, or of an element of the array there.
  AND ((CASE $1::pg_catalog.text WHEN 'old' THEN l.old_values WHEN 'new' THEN l.new_values ELSE l.metadata END)
       #>> $2::pg_catalog.text[] = $3::pg_catalog.text
       OR (CASE $1::pg_catalog.text WHEN 'old' THEN l.old_values WHEN 'new' THEN l.new_values ELSE l.metadata END)
       #> $2::pg_catalog.text[] @> pg_catalog.to_jsonb($3::pg_catalog.text))
