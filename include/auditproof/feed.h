/* From input to writer: reads lines, has them stored, keeps those that were not (auditwrite(1)). */
#ifndef AUDITPROOF_FEED_H
#define AUDITPROOF_FEED_H

#include "auditproof/input.h"
#include "auditproof/reject.h"
#include "auditproof/writer.h"

/* What became of the lines; kept up to date while the feed runs. */
struct ap_feed_totals {
    uint64_t read;
    uint64_t written;
    uint64_t earlier; /* there before, and the same */
    uint64_t refused;
    uint64_t left;         /* read, and neither of the above, because the run ended */
    uint64_t left_unknown; /* of those, how many the server may have stored all the same */
    char left_at[128];     /* "FILE:LINE" of the first that is left */
};

struct ap_feed {
    struct ap_writer *writer;
    struct ap_input *input;
    struct ap_reject *reject;               /* may be NULL */
    struct ap_draft_classifier *classifier; /* may be NULL */
    enum ap_unknown unknown;
    bool stop_on_refusal; /* as in the writer's options */
    int wake_fd;          /* readable when `interrupted` is worth asking, or -1 */
    /* True: read no more, store what was read, return. */
    bool (*interrupted)(void *context);
    /* Called between steps, at least every second: for progress, and to pass on what was stored. */
    enum ap_status (*step)(void *context, struct ap_error *err);
    enum ap_status (*stored)(void *context, const struct ap_stored *stored, struct ap_error *err);
    enum ap_status (*refused)(void *context, const struct ap_refusal *refusal, struct ap_error *err);
    void *context;
    struct ap_feed_totals totals;

    struct ap_draft entry; /* this and the rest are the feed's own: start from zero */
    struct ap_csv_header header;
    struct ap_csv_row row;
    struct ap_buf text;
    struct ap_buf held; /* a bad line that comes after one which the run stopped at */
    bool holding;
    bool header_ok;
    bool csv;
    bool stop;
};

/* For the writer's options: these count, keep refused lines, and pass on. Their context is the feed. */
enum ap_status ap_feed_stored(void *feed, const struct ap_stored *stored, struct ap_error *err);
enum ap_status ap_feed_refused(void *feed, const struct ap_refusal *refusal, struct ap_error *err);

/* Everything from the input. */
AP_MUST_CHECK enum ap_status ap_feed_run(struct ap_feed *feed, struct ap_error *err);

/* feed->entry, which comes from no line. */
AP_MUST_CHECK enum ap_status ap_feed_one(struct ap_feed *feed, struct ap_error *err);

/* After the run, however it ended: count, and keep in the reject file, what was read and not dealt with. */
AP_MUST_CHECK enum ap_status ap_feed_keep_left(struct ap_feed *feed, struct ap_error *err);

void ap_feed_clear(struct ap_feed *feed); /* frees the feed's own parts, not what it was given */

#endif
