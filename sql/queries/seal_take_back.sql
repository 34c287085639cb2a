-- After a chain that did not verify.
ROLLBACK TO SAVEPOINT seal_chain;
