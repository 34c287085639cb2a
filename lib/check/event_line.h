/* One line of data/events/ (audit-bundle(5), EVENTS): exactly as it is written there, or it is none. */
#ifndef AP_CHECK_EVENT_LINE_H
#define AP_CHECK_EVENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/entry.h"
#include "auditproof/json_read.h"
#include "auditproof/merkle.h"

enum { LINE_PROOF_MAX = 63 };

struct disclosure {
    bool there;
    uint8_t salt[AP_SALT_LEN];
    struct ap_span text;
};

/* Texts point into the line, whose bytes were written over. */
struct event_line {
    uint64_t seq;
    int64_t recorded_at_us;
    bool has_prev, has_text, has_inclusion;
    struct ap_hash prev, entry_hash;
    uint8_t content_hash[AP_HASH_LEN]; /* where there is no text: the row was purged */
    struct ap_span text;
    struct disclosure disclosed[AP_GROUPS];
    bool erased[AP_GROUPS];
    unsigned erased_count;
    uint64_t size;
    struct ap_hash inclusion[LINE_PROOF_MAX];
    size_t inclusion_count;
};

/* The line without its end. False when it is not of the form. */
bool event_line_read(struct event_line *line, char *text, size_t len);

/* The columns of an entry text (audit-format(5), ENTRY TEXT AND COMMITMENTS). */
enum {
    TEXT_VERSION,
    TEXT_ID,
    TEXT_ORGANIZATION,
    TEXT_TIME,
    TEXT_ROLE,
    TEXT_ACTION,
    TEXT_COMMITMENTS = 8,
    TEXT_COLUMNS = 11
};

/* The text's columns, none of which is an array or an object. False when it has others. */
bool event_text_split(struct ap_json_span columns[TEXT_COLUMNS], const struct ap_span *text);

/* The number of a line that is perhaps not of the form; 0 when it has none. */
uint64_t event_line_seq(const char *line, size_t len);

#endif
