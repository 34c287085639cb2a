-- Decisions to erase of which something is still to be done, oldest first.
-- Parameters: none. Result: chain, decision, entries left.
SELECT d.chain_id, d.decision_id, pg_catalog.count(DISTINCT i.log_id)
FROM auditproof.erasure_decision AS d
JOIN auditproof.erasure_item AS i ON i.chain_id = d.chain_id AND i.decision_id = d.decision_id
JOIN public.audit_logs AS l
    ON l.id = i.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = i.chain_id
WHERE d.outcome = 'erased'
  AND NOT EXISTS (SELECT FROM auditproof.erasure AS e
                  WHERE e.chain_id = i.chain_id AND e.log_id = i.log_id AND e."group" = i."group")
GROUP BY d.chain_id, d.decision_id, d.decided_at
ORDER BY d.decided_at, d.decision_id;
