-- Delete what is known of mail that ended long ago. Parameters: $1 how many days ago. Result: how many they were
SELECT auditproof.mail_forget($1::pg_catalog.int4 * interval '1 day')
