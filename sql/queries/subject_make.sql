-- A place for whom an erasure or a legal hold is about, that goes with the session. It is filled by COPY: parameters of
-- statements may be written to the server's log, and what is copied is not.
-- Parameters: none. Result: none.
CREATE TEMPORARY TABLE auditproof_subject (word pg_catalog.text NOT NULL);
