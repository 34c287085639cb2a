-- Addresses are compared in lower case, as the server makes it.
-- Parameters: none. Result: none.
UPDATE pg_temp.auditproof_subject SET word = pg_catalog.lower(word);
