-- One unchanging view of the database for a reader. Works on a standby.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
