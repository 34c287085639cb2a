-- The row that deletions and changes of retention wait for each other at.
INSERT INTO auditproof.retention_gate (one, changes) VALUES (true, 0) ON CONFLICT DO NOTHING;
