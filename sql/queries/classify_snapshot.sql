-- One view of all that is read, whatever is committed meanwhile.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
