/*
 * One event, read as far as the rules look at it.
 *
 * A rule set names a few hundred fields at most; an event has dozens that no rule asks for. The reader checks the whole
 * line for being JSON and UTF-8, but makes values only of the fields asked for (and of every leaf, when a rule has
 * keywords).
 *
 * A field name is looked up as a member of that very name first ("a.b"), then as a path, dot by dot; arrays on the way
 * are gone through, so that a field may have several values. A name that no rule has is looked up once more without its
 * spaces: "Threat Name" is ThreatName. Elements of an array are values; nested arrays are flattened; an empty array is
 * a field that is there and has no value. A member that occurs twice counts twice. A member "_auditproof" at the top,
 * ours of an earlier time or forged, is checked and never seen.
 *
 * Strings may hold what third parties write: \u0000 is a NUL byte, for texts have lengths, and half a surrogate pair is
 * U+FFFD. Bytes that are not UTF-8 are refused.
 */
#ifndef AUDITPROOF_RULES_EVENT_H
#define AUDITPROOF_RULES_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/arena.h"
#include "auditproof/buf.h"
#include "rule.h"

/* Deepest nesting that a rule can look into; deeper parts are checked and passed over. */
enum { AP_EVENT_DEPTH = 64 };

/* Deepest nesting that is read at all: beyond it, the line is refused. Kept without recursion. */
enum { AP_EVENT_DEPTH_MAX = 1024 };

#define AP_NO_VALUE UINT32_MAX

/* The fields that a rule set asks for. Filled once, then read by any number of events at the same time. */
struct ap_fields;

AP_MUST_CHECK enum ap_status ap_fields_new(struct ap_fields **out, struct ap_error *err);
void ap_fields_free(struct ap_fields *fields); /* NULL is harmless */

/* The number, from 0, of a field; the same name has the same number, and may be asked for after the seal. */
AP_MUST_CHECK enum ap_status ap_fields_add(struct ap_fields *fields, const char *name, size_t len, uint32_t *id,
                                           struct ap_error *err);
/* Every leaf value is wanted (a keyword rule). */
void ap_fields_want_leaves(struct ap_fields *fields);
/* After the last add, before the first event. */
AP_MUST_CHECK enum ap_status ap_fields_seal(struct ap_fields *fields, struct ap_error *err);
/* Whether it was added, and its number. */
bool ap_fields_find(const struct ap_fields *fields, const char *name, size_t len, uint32_t *id);
size_t ap_fields_count(const struct ap_fields *fields);
const char *ap_fields_name(const struct ap_fields *fields, uint32_t id);

enum ap_value_kind {
    AP_VALUE_STRING,
    AP_VALUE_NUMBER,
    AP_VALUE_BOOL,
    AP_VALUE_NULL,
    AP_VALUE_OBJECT, /* text is its JSON as the line has it */
    AP_VALUE_EMPTY,  /* an empty array: the field is there, and nothing else can be said of it */
};

/*
 * text is what a string stands for (escapes resolved), a number as it was written, "true" or "false". It points into
 * the line or into the event's own memory, and is valid until the next read.
 */
struct ap_event_value {
    enum ap_value_kind kind;
    bool truth;
    uint32_t field;
    uint32_t next; /* the field's next value, or AP_NO_VALUE */
    const char *text;
    size_t len;
};

struct ap_event; /* reused from line to line; one a thread */

AP_MUST_CHECK enum ap_status ap_event_new(struct ap_event **out, const struct ap_fields *fields, struct ap_error *err);
void ap_event_free(struct ap_event *event); /* NULL is harmless */

/*
 * Read a line that holds one object. AP_EINPUT when it is not one, or has more than a million values to look at: *at,
 * the offset in the line, and a message without the place. The line is borrowed until the next read.
 */
AP_MUST_CHECK enum ap_status ap_event_read(struct ap_event *event, const char *line, size_t len, size_t *at,
                                           struct ap_error *err);

/* All values of all fields, in the order of the line; and the first of one field, or AP_NO_VALUE when it is absent. */
const struct ap_event_value *ap_event_values(const struct ap_event *event, size_t *count);
uint32_t ap_event_first(const struct ap_event *event, uint32_t field);

/* The fields that the event has, each once: so that nobody needs to go through all that there are. */
const uint32_t *ap_event_present(const struct ap_event *event, size_t *count);

/* Every leaf value (strings, numbers, Booleans), when leaves are wanted. Their `field` is AP_NO_VALUE. */
const struct ap_event_value *ap_event_leaves(const struct ap_event *event, size_t *count);

/* Give the event a value that its line does not have (enrichment). text must outlive the event's next read. */
AP_MUST_CHECK enum ap_status ap_event_put(struct ap_event *event, uint32_t field, enum ap_value_kind kind,
                                          const char *text, size_t len, bool truth, struct ap_error *err);

/*
 * Append the event up to where one more member may stand: its line without the closing bracket and without members
 * named
 * "_auditproof" at the top, and with a comma after the last member, if there is any.
 */
void ap_event_begin(const struct ap_event *event, struct ap_buf *out);

/*
 * What is under an AP_VALUE_OBJECT, for tests that look into one: calls back with each leaf value beneath it (strings,
 * numbers, Booleans; 64 levels deep) and, last,
 * with its compact JSON text (no white space between tokens, strings escaped no more than RFC 8259 asks) as
 * AP_VALUE_OBJECT. Stops early when the callback returns true, and returns that.
 */
typedef bool ap_value_fn(void *context, const struct ap_event_value *value);
AP_MUST_CHECK enum ap_status ap_event_look_into(struct ap_event *event, const struct ap_event_value *object,
                                                ap_value_fn *fn, void *context, bool *stopped, struct ap_error *err);

/* A number as JSON writes it, or a string that holds one (surrounding white space is not taken). */
bool ap_number_parse(struct ap_number *out, const char *text, size_t len);
int ap_number_compare(const struct ap_number *a, const struct ap_number *b); /* -1, 0, 1 */

/*
 * A time as events write it: RFC 3339 forms and PostgreSQL's, or seconds, milliseconds or microseconds since 1970
 * (which of them its size says; nothing before March 1973), as a number or a string. No relative words.
 */
bool ap_event_time(int64_t *out_us, const struct ap_event_value *value);

#endif
