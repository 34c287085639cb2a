/* What the parts of the writer share. Nothing outside lib/writer includes this. */
#ifndef AUDITPROOF_WRITER_INTERNAL_H
#define AUDITPROOF_WRITER_INTERNAL_H

#include "auditproof/writer.h"

/* A column's name, its type and that of the array a batch sends. */
struct column {
    const char *name;
    uint32_t type;
    uint32_t array_type;
};

extern const struct column entry_columns[AP_ENTRY_COLUMNS];

/* Append a cell to wire as PostgreSQL's binary format has it: length, or -1 for NULL, and value. */
AP_MUST_CHECK enum ap_status wire_add(struct ap_buf *wire, enum ap_entry_column column, const struct ap_cell *cell,
                                      struct ap_error *err);

enum row_state { ROW_PENDING, ROW_STORED, ROW_EARLIER, ROW_REFUSED };

struct row {
    struct ap_uuid id;
    struct ap_uuid chain;
    const char *file;
    uint64_t number;
    size_t line, line_len; /* in batch->lines */
    size_t wire;           /* in batch->wire: the columns one after the other */
    enum row_state state;
};

struct batch {
    struct row *rows;
    size_t count;
    size_t capacity;
    struct ap_buf lines;
    struct ap_buf wire;
    int64_t first_us; /* when the first row came, by the clock that never goes back */
    bool unknown;     /* was under way when a connection was lost, and not yet looked up */
    bool lost_once;   /* a connection was lost while it was under way: an id that is there may be our own doing */
};

AP_MUST_CHECK enum ap_status batch_init(struct batch *batch, size_t capacity, struct ap_error *err);
void batch_free(struct batch *batch);
void batch_clear(struct batch *batch);
AP_MUST_CHECK enum ap_status batch_add(struct batch *batch, const struct ap_draft *entry, const struct ap_line *line,
                                       const struct ap_uuid *new_id, size_t *offset, struct ap_error *err);
struct ap_line batch_line(const struct batch *batch, const struct row *row);

/* The parameters of a statement over some rows of a batch: one array a column. */
struct arrays {
    struct ap_buf columns[AP_ENTRY_COLUMNS];
    struct ap_db_arg args[AP_ENTRY_COLUMNS];
    size_t *order; /* the row that each element belongs to */
};

AP_MUST_CHECK enum ap_status arrays_init(struct arrays *arrays, size_t capacity, struct ap_error *err);
void arrays_free(struct arrays *arrays);

/* Rows [from, to) that are pending, ordered by chain and, within one, as they came. *count tells how many. */
AP_MUST_CHECK enum ap_status arrays_fill(struct arrays *arrays, const struct batch *batch, size_t from, size_t to,
                                         size_t *count, struct ap_error *err);
/* The ids of the rows that are stored, in the first argument; arrays->order tells their rows. */
AP_MUST_CHECK enum ap_status arrays_fill_ids(struct arrays *arrays, const struct batch *batch, size_t *count,
                                             struct ap_error *err);

struct ap_writer {
    struct ap_db *db;
    struct ap_writer_options options;
    struct batch batches[2];
    struct batch *filling; /* takes new rows */
    struct batch *flying;  /* under way, or NULL */
    struct arrays arrays;
    uint8_t random[4096];
    size_t random_left;
    bool stopped;
    int64_t trouble_since_us; /* nothing has succeeded since; 0: all is well */
    int pause_ms;
};

/* The outcome of the flying batch, or of any range of it, made good: see store.c. */
AP_MUST_CHECK enum ap_status store_settle(struct ap_writer *w, struct batch *batch, struct ap_error *err);
AP_MUST_CHECK enum ap_status store_send(struct ap_writer *w, struct batch *batch, size_t from, size_t to,
                                        struct ap_error *err);

/* What a statement's failure means, by its SQLSTATE (PostgreSQL documentation, appendix A). */
enum verdict {
    VERDICT_LINE,  /* something is wrong with a line */
    VERDICT_RETRY, /* the same statement may succeed later */
    VERDICT_FATAL, /* neither: the run ends */
};
enum verdict retry_judge(const char *sqlstate);

/* Before another try: wait a little, longer each time. Fails with what err holds when --retry-for is over. */
AP_MUST_CHECK enum ap_status retry_pause(struct ap_writer *w, struct ap_error *err);
void retry_succeeded(struct ap_writer *w);

/* After the loss of the connection that err tells of: connect again, waiting for the server to be back. */
AP_MUST_CHECK enum ap_status retry_reconnect(struct ap_writer *w, struct ap_error *err);

/* Look up which pending rows of [from, to) are there: those become EARLIER or STORED, or are refused. */
AP_MUST_CHECK enum ap_status lookup_existing(struct ap_writer *w, struct batch *batch, size_t from, size_t to,
                                             size_t *found, struct ap_error *err);

/* Fetch receipts for the batch's stored rows and report every stored row. */
AP_MUST_CHECK enum ap_status receipts_report(struct ap_writer *w, struct batch *batch, struct ap_error *err);

AP_MUST_CHECK enum ap_status refuse_row(struct ap_writer *w, struct batch *batch, struct row *row, size_t offset,
                                        const char *message, const char *sqlstate, struct ap_error *err);

#endif
