-- Before a chain whose tiles may be sent before its last entry has been verified.
SAVEPOINT seal_chain;
