-- Keeps the view that rows are read through from being replaced meanwhile. Run before the snapshot is taken.
LOCK TABLE auditproof.entry IN ACCESS SHARE MODE;
