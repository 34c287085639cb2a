-- The spellings that an organization has of an address, where audit_logs has partitions: to look every address up in each of
-- them would take longer than to read all that the indexes have.
-- Parameters: $1 pattern of LIKE, $2 organization. Columns: address
SELECT k.email
FROM (SELECT DISTINCT l.actor_email AS email FROM public.audit_logs AS l
      WHERE l.organization_id = $2::pg_catalog.uuid AND pg_catalog.octet_length(l.actor_email) <= 320
      OFFSET 0) AS k
WHERE k.email ILIKE $1::pg_catalog.text
