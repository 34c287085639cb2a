-- Adopt the next rows.
-- Parameters: $1 after_time, $2 after_id, $3 undated, $4 most (auditproof.adopt_batch).
-- Columns: the next call's after_time and after_id, how many rows there were, how many were adopted, for
--          how many microseconds chains were locked.
SELECT b.after_time, b.after_id, b.taken, b.adopted, b.locked_us
FROM auditproof.adopt_batch($1::timestamptz, $2::uuid, $3::boolean, $4::integer) AS b;
