-- Which transactions are at work on partitions, by auditproof's own functions: what these do to them is not refused, and
-- not told of as somebody's change of the audit trail. Each takes its row away again, so that nobody ever sees one.
CREATE TABLE IF NOT EXISTS auditproof.partition_work (
    xid xid8 PRIMARY KEY
);
