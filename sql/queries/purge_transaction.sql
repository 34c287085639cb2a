-- A step of a purge. Each statement of it sees what was committed before it, whatever the role's default is.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
