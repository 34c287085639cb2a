-- Forget whom it was about.
-- Parameters: none. Result: none.
DROP TABLE pg_temp.auditproof_subject;
