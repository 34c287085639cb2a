/* The words of an action, "team.member.role_updated" or "MFA_DISABLED". Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_OCSF_WORDS_H
#define AUDITPROOF_QUERY_OCSF_WORDS_H

#include "auditproof/entry.h"

enum { OCSF_WORDS = 12, OCSF_WORD_SIZE = 20 };

struct ocsf_words {
    size_t count;
    char words[OCSF_WORDS][OCSF_WORD_SIZE]; /* lower case */
};

/* Runs of ASCII letters and digits; a capital after a small letter begins another. What is past the sizes is cut. */
void ocsf_words(struct ocsf_words *out, const struct ap_value *action);

/* Is one of them in the list, "login logon signin"? */
bool ocsf_any(const struct ocsf_words *words, const char *list);

/* Is this word in the list? */
bool ocsf_in(const char *word, const char *list);

#endif
