-- Ids and e-mail addresses, one a line.
-- Parameters: none. Result: none.
COPY pg_temp.auditproof_subject (word) FROM STDIN;
