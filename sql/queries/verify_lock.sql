-- Keeps what a snapshot does not protect from: TRUNCATE and rewriting empty a table for snapshots that are older. Run
-- before the snapshot is taken.
LOCK TABLE public.audit_logs, auditproof.chain, auditproof.chain_entry, auditproof.erasure, auditproof.purge,
    auditproof.purge_range, auditproof.adoption, auditproof.adoption_range, auditproof.seal,
    auditproof.checkpoint, auditproof.attestation, auditproof.tile, auditproof.log_key, auditproof.epoch,
    auditproof.retention_policy, auditproof.legal_hold, auditproof.legal_hold_release, auditproof.purge_plan,
    auditproof.purge_approval, auditproof.purge_execution, auditproof.purge_certificate,
    auditproof.erasure_decision, auditproof.erasure_item, auditproof.bundle IN ACCESS SHARE MODE;
