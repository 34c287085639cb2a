/*
 * Writing entries: lines of NDJSON or CSV become rows of audit_logs, in batches that are one statement and one
 * transaction each. A writer answers for three things, whatever happens to the connection or the server: an entry that
 * was reported stored is committed, none is stored twice, and each line that cannot be stored is named
 * (auditwrite(1)).
 *
 *     lines -> ap_draft_from_ndjson / _csv -> ap_writer_add -> ap_writer_pump … -> ap_writer_finish
 */
#ifndef AUDITPROOF_WRITER_H
#define AUDITPROOF_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/csv.h"
#include "auditproof/db.h"
#include "auditproof/error.h"
#include "auditproof/rules.h"

/* The columns of audit_logs that a writer may name, in their order in the table. */
enum ap_entry_column {
    AP_ENTRY_ID,
    AP_ENTRY_ORGANIZATION_ID,
    AP_ENTRY_ACTOR_ID,
    AP_ENTRY_ACTOR_EMAIL,
    AP_ENTRY_ACTOR_ROLE,
    AP_ENTRY_ACTION,
    AP_ENTRY_RESOURCE_TYPE,
    AP_ENTRY_RESOURCE_ID,
    AP_ENTRY_OLD_VALUES,
    AP_ENTRY_NEW_VALUES,
    AP_ENTRY_RISK_LEVEL,
    AP_ENTRY_IP_ADDRESS,
    AP_ENTRY_USER_AGENT,
    AP_ENTRY_METADATA,
    AP_ENTRY_SESSION_ID,
    AP_ENTRY_CREATED_AT,
    AP_ENTRY_COLUMNS
};

/* The column of that name, or AP_ENTRY_COLUMNS; and the name of a column. */
enum ap_entry_column ap_entry_column_find(const char *name, size_t len);
const char *ap_entry_column_name(enum ap_entry_column column);

enum ap_cell_kind { AP_CELL_ABSENT, AP_CELL_NULL, AP_CELL_TEXT, AP_CELL_JSON };

/* One column's value. Text is UTF-8 without NULs; AP_CELL_JSON is checked JSON text, for the three jsonb columns. */
struct ap_cell {
    enum ap_cell_kind kind;
    const char *text; /* borrowed */
    size_t len;
    size_t offset; /* in the line, for messages */
};

/* What to do with a member or a CSV column that is no column of audit_logs. */
enum ap_unknown { AP_UNKNOWN_FAIL, AP_UNKNOWN_IGNORE, AP_UNKNOWN_METADATA };

/* An entry before it is stored: its cells borrow from the line that it was read from and from `plain`. Reuse it line by
 * line. */
struct ap_draft {
    struct ap_cell cells[AP_ENTRY_COLUMNS];
    struct ap_buf plain; /* owned; freed by ap_draft_free */
    struct ap_buf extra; /* owned; members for metadata */
};

void ap_draft_free(struct ap_draft *entry);

/* Zero it before its first use. AP_EINPUT with *offset the place in the line that is wrong. */
AP_MUST_CHECK enum ap_status ap_draft_from_ndjson(struct ap_draft *entry, const char *line, size_t len,
                                                  enum ap_unknown unknown, size_t *offset, struct ap_error *err);

/* The columns that a CSV header names. */
struct ap_csv_header {
    enum ap_entry_column columns[AP_CSV_MAX_FIELDS]; /* AP_ENTRY_COLUMNS for one that is not ours */
    char *names[AP_CSV_MAX_FIELDS];                  /* owned, NULL for ours */
    size_t count;
};

AP_MUST_CHECK enum ap_status ap_csv_header_read(struct ap_csv_header *header, const char *line, size_t len,
                                                enum ap_unknown unknown, size_t *offset, struct ap_error *err);
void ap_csv_header_free(struct ap_csv_header *header);

/* An unquoted empty field is an absent value, a quoted one an empty text. row is scratch. */
AP_MUST_CHECK enum ap_status ap_draft_from_csv(struct ap_draft *entry, const struct ap_csv_header *header,
                                               struct ap_csv_row *row, const char *line, size_t len,
                                               enum ap_unknown unknown, size_t *offset, struct ap_error *err);

/*
 * Classification on the way in (auditwrite(1), RULES). Set the first two and zero the rest before the first use; the
 * buffers are freed by ap_draft_classifier_free.
 */
struct ap_draft_classifier {
    const struct ap_rules *rules;
    struct ap_classifier *classifier; /* of these rules */
    uint64_t matched;                 /* entries that a rule matches */
    uint64_t unmarked;                /* entries whose metadata is no object, and so does not say what matched */
    struct ap_buf line;
    struct ap_buf metadata;
};

void ap_draft_classifier_free(struct ap_draft_classifier *classifier);

/*
 * Give an entry the risk_level of the rules that match it, if it has none, and in metadata the member "_auditproof",
 * which names them. The entry's cells borrow from the classifier until its next entry. AP_EINPUT when it cannot be
 * classified; now_us is taken for an entry that says no time.
 */
AP_MUST_CHECK enum ap_status ap_draft_classify(struct ap_draft_classifier *classifier, struct ap_draft *entry,
                                               int64_t now_us, struct ap_error *err);

/* Where a line came from. */
struct ap_line {
    const char *file; /* borrowed, and must outlive the writer */
    uint64_t number;  /* counts from 1 */
    const char *text; /* without its line end */
    size_t len;
};

/* A line that was not, or may not have been, stored. */
struct ap_refusal {
    struct ap_line line;
    size_t offset; /* of what is wrong in the line; SIZE_MAX when the whole line is meant */
    const char *message;
    const char *sqlstate; /* "" unless the database refused it */
};

struct ap_stored {
    struct ap_line line;
    struct ap_uuid id;
    bool earlier;     /* it was there before: --on-conflict skip */
    bool has_receipt; /* the members below are set */
    struct ap_uuid chain;
    uint64_t seq;
    uint8_t entry_hash[AP_HASH_LEN];
};

struct ap_writer_options {
    uint64_t batch_rows;  /* entries a statement, 1 to AP_WRITER_MAX_ROWS */
    uint64_t batch_bytes; /* text a statement, about */
    int64_t batch_age_us; /* an entry waits this long for company */
    int64_t retry_for_us; /* how long to try again after a loss of the server, a deadlock, … */
    bool skip_existing;   /* an id that is there with the same content counts as stored */
    bool stop_on_refusal; /* store nothing that follows a refused line */
    bool receipts;        /* fetch chain, seq and entry hash of what was stored */
    /* Called in the order of the lines within a batch. A status other than AP_OK ends the run with it. */
    enum ap_status (*stored)(void *context, const struct ap_stored *stored, struct ap_error *err);
    enum ap_status (*refused)(void *context, const struct ap_refusal *refusal, struct ap_error *err);
    /* Asked while waiting for a server that is away: true gives up. May be NULL. */
    bool (*giving_up)(void *context);
    /* Told once when the server is away and once when it is back. May be NULL. */
    void (*remark)(void *context, const char *message);
    void *context;
};

#define AP_WRITER_MAX_ROWS 100000

struct ap_writer;

/* Checks that the database is ready for writing and this role allowed to: AP_ESTATE says what is missing. */
AP_MUST_CHECK enum ap_status ap_writer_new(struct ap_writer **out, struct ap_db *db,
                                           const struct ap_writer_options *options, struct ap_error *err);
void ap_writer_free(struct ap_writer *writer); /* NULL is harmless; what was not stored is dropped */

/*
 * Take an entry: line and entry are copied. AP_EINPUT, with *offset, when a value is not of its column's type; nothing
 * is taken then. Only while ap_writer_has_room.
 */
AP_MUST_CHECK enum ap_status ap_writer_add(struct ap_writer *writer, const struct ap_draft *entry,
                                           const struct ap_line *line, size_t *offset, struct ap_error *err);
bool ap_writer_has_room(const struct ap_writer *writer);

/* Do what can be done without waiting: send a batch that is due, look at the one under way. */
AP_MUST_CHECK enum ap_status ap_writer_pump(struct ap_writer *writer, struct ap_error *err);

/* What to poll(2) for before the next pump: a descriptor or -1, events, and for how long at most (-1: no matter). */
void ap_writer_wait(const struct ap_writer *writer, int *fd, short *events, int *timeout_ms);

/* Store all that was added. */
AP_MUST_CHECK enum ap_status ap_writer_finish(struct ap_writer *writer, struct ap_error *err);

/* True once a line was refused under stop_on_refusal: no more is stored. */
bool ap_writer_stopped(const struct ap_writer *writer);

/*
 * After a failure or a stop: each line that was added and is neither stored nor refused. `unknown` is true for one that
 * was sent when the server went away and of which nothing is known; its id is the one it was sent with.
 */
typedef enum ap_status ap_writer_left_fn(void *context, const struct ap_line *line, const struct ap_uuid *id,
                                         bool unknown, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_writer_left(const struct ap_writer *writer, ap_writer_left_fn *fn, void *context,
                                            struct ap_error *err);

#endif
