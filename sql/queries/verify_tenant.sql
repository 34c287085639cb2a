-- Whether an organization is there, whose entries left with it as is recorded. A query of its own, which most databases
-- never need: who verifies may be somebody who may read all, and call nothing.
-- Parameters: $1 organization. Result: whether it is; NULL where auditproof_owner may not see organizations.
SELECT auditproof.organization_exists($1::pg_catalog.uuid);
