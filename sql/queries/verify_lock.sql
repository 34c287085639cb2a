-- Keeps what a snapshot does not protect from: TRUNCATE and rewriting empty a table for snapshots that are older. Run
-- before the snapshot is taken.
LOCK TABLE public.audit_logs, auditproof.chain, auditproof.chain_entry, auditproof.erasure, auditproof.purge,
    auditproof.purge_range, auditproof.adoption, auditproof.adoption_range, auditproof.seal,
    auditproof.checkpoint, auditproof.attestation, auditproof.tile, auditproof.log_key,
    auditproof.epoch IN ACCESS SHARE MODE;
