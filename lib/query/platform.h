/* What answers about the platform's tables share. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_PLATFORM_H
#define AUDITPROOF_QUERY_PLATFORM_H

#include "auditproof/platform.h"

/* An answer that is being put together. */
struct platform {
    struct ap_db *db;
    const struct ap_platform_ask *ask;
    struct ap_answer *answer;
    size_t days;     /* of the period; 0 where that is more than AP_PLATFORM_DAYS_MAX */
    uint64_t limit;  /* rows of a part */
    uint64_t told;   /* rows that the parts have so far */
    char hidden[64]; /* the role from which row level security hides what is not its own; "" for none */
};

/* Begin the answer about these tables, of which the last is followed by NULL. daily: days must not be too many. */
AP_MUST_CHECK enum ap_status platform_begin(struct platform *p, struct ap_db *db, const struct ap_platform_ask *ask,
                                            const char *const *tables, bool daily, struct ap_error *err);

/* End it: AP_ESTATE where there was nothing, and nothing could be seen. */
AP_MUST_CHECK enum ap_status platform_end(struct ap_answer **out, struct platform *p, enum ap_status status,
                                          struct ap_error *err);

/*
 * Run a statement of two files: of the organization and the period, from `since_us` and before `until_us`, and of the
 * time that it is where `beginning` has a parameter for that; `end` may be NULL; its parameter is `of`, if it has one.
 * Free *rows. It has one row more than the limit if there are more.
 */
AP_MUST_CHECK enum ap_status platform_ask(struct platform *p, const char *beginning, const char *end, const char *of,
                                          struct ap_rows **rows, struct ap_error *err);

/* Add the part, and a row of it for each of the columns' rows, up to the limit; what is cut off is remarked. */
void platform_put(struct platform *p, const struct ap_answer_part *part, const struct ap_rows *rows);

/* Does the column say the same in all of the rows, of which there are some? */
bool platform_is_same(const struct ap_rows *rows, int column);

/* Both. */
AP_MUST_CHECK enum ap_status platform_tell(struct platform *p, const struct ap_answer_part *part, const char *beginning,
                                           const char *end, const char *of, struct ap_error *err);

#endif
