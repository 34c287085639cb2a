/* Lists of short texts, each once. */
#ifndef AUDITPROOF_GDPR_NAMES_H
#define AUDITPROOF_GDPR_NAMES_H

#include <stdbool.h>

#include "auditproof/arena.h"
#include "auditproof/buf.h"

struct gdpr_names {
    struct ap_arena arena;
    const char **items; /* owned; in the arena */
    size_t count, cap;
};

AP_MUST_CHECK enum ap_status gdpr_names_add(struct gdpr_names *names, const char *text, struct ap_error *err);
bool gdpr_names_have(const struct gdpr_names *names, const char *text);
void gdpr_names_free(struct gdpr_names *names);
/* As PostgreSQL reads an array. */
void gdpr_names_array(const struct gdpr_names *names, struct ap_buf *out);

#endif
