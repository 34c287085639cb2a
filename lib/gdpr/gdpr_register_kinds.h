/* The kinds of lines that the register has. Nothing outside lib/gdpr includes this. */
#ifndef AUDITPROOF_GDPR_REGISTER_KINDS_H
#define AUDITPROOF_GDPR_REGISTER_KINDS_H

#include "auditproof/answer.h"

enum { REGISTER_KINDS = 9 };

/*
 * Its query has the part's columns, in order, and after them how many lines there are. The first is the time, `seq` and
 * `entry` tell of it, `system` whether these are in the system chain. Its parameters are the chain, the period's ends,
 * and how many rows; for certificates also how large one may be that is read.
 */
struct register_kind {
    const char *query;
    struct ap_answer_part part;                  /* its name is the kind's */
    const char *what, *reference, *by, *entries; /* columns that stand for these among all lines; or NULL */
    bool always_system;
    int certificate; /* columns of one, which stand before how many there are */
};

/* The number of a column of that name, or -1 where there is none, or no name. */
int register_column(const struct register_kind *kind, const char *name);

extern const struct register_kind register_kinds[REGISTER_KINDS];

extern const struct ap_answer_part register_facts_part, register_kinds_part, register_readers_part, register_lines_part,
    register_absent_part;

#endif
