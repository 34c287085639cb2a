-- Entries that tell of an adoption, a policy, a hold, an erasure, a purge or a bundle, and are not those that any record of one names.
-- Parameters: $1 array of log ids. Result: the places in the array, from 1, of those.
SELECT t.place
FROM pg_catalog.unnest($1::pg_catalog.uuid[]) WITH ORDINALITY AS t(log_id, place)
LEFT JOIN (SELECT a.started_log_id AS log_id FROM auditproof.adoption AS a
           UNION SELECT a.finished_log_id FROM auditproof.adoption AS a
           UNION SELECT p.authorised_by FROM auditproof.retention_policy AS p
           UNION SELECT h.authorised_by FROM auditproof.legal_hold AS h
           UNION SELECT r.authorised_by FROM auditproof.legal_hold_release AS r
           UNION SELECT x.authorised_by FROM auditproof.erasure AS x
           UNION SELECT d.authorised_by FROM auditproof.erasure_decision AS d
           UNION SELECT q.authorised_by FROM auditproof.purge_plan AS q
           UNION SELECT v.authorised_by FROM auditproof.purge_approval AS v
           UNION SELECT b.authorised_by FROM auditproof.purge_execution AS b
           UNION SELECT g.authorised_by FROM auditproof.bundle AS g) AS r ON r.log_id = t.log_id
WHERE r.log_id IS NULL
ORDER BY t.place;
