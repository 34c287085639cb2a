-- A batch's transaction. Each statement of it sees what was committed before it, whatever the role's default is.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
-- A server that crashes may forget the last findings and, with them, that their entries were classified: they are then
-- classified again. Not so when an entry is chained (auditproof.classify_tell).
SET LOCAL synchronous_commit = off
