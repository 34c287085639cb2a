/* Erasure on request: whom it is about, what was decided, and doing it in batches. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/clock.h"
#include "retain_internal.h"

enum { NUMBER_SIZE = 24 };

static char folded(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool mentions(const char *text, const char *word, size_t len)
{
    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (i < len && text[i] != '\0' && folded(text[i]) == folded(word[i]))
            i++;
        if (i == len)
            return true;
    }
    return false;
}

/* Ground and reason stay on record, so that nothing of the subject may be in them. */
static enum ap_status check_texts(const struct ap_erasure_decision *decision, const struct ap_buf *lines,
                                  struct ap_error *err)
{
    const char *texts[] = {decision->ground, decision->reason};

    for (size_t i = 0; i < 2; i++) {
        bool named = strchr(texts[i], '@') != NULL;

        for (const char *line = ap_buf_str(lines); !named && *line != '\0'; line += strcspn(line, "\n") + 1)
            named = mentions(texts[i], line, strcspn(line, "\n"));
        if (named)
            return ap_fail(
                err, AP_EINPUT,
                "the %s names the subject, or has an e-mail address, and would stay on record: give the number "
                "of the request or ticket instead",
                i == 0 ? "ground" : "reason");
    }
    return AP_OK;
}

static enum ap_status send_subject(struct ap_db *db, const struct ap_buf *lines, struct ap_error *err)
{
    enum ap_status status = retain_subject_send(db, lines, err);

    return status == AP_OK ? ap_db_exec(db, ap_sql("queries/erase_fold"), err) : status;
}

static enum ap_status add_others(struct ap_db *db, const struct ap_erasure_subject *subject, struct ap_buf *lines,
                                 ap_erasure_also_fn *also, void *context, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];
    const char *values[] = {subject->chain != NULL ? chain : NULL};
    struct ap_buf more = AP_BUF_INIT;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    if (subject->chain != NULL)
        ap_uuid_format(chain, subject->chain);
    status = ap_db_query(db, ap_sql("queries/erase_others"), 1, values, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const char *one = ap_rows_str(rows, i, 0), *other = ap_rows_text(rows, i, 1);

        if (other != NULL) {
            status = ap_fail(
                err, AP_EINPUT,
                "entries show the subject as %.80s as well, and that also as %.80s: if both are the same person's, "
                "give --also %.80s --also %.80s; if not, --exact, and the entries that are the subject's "
                "by --entry",
                one, other, one, other);
            break;
        }
        if (also != NULL)
            also(context, one);
        ap_buf_adds(&more, one);
        ap_buf_addc(&more, '\n');
    }
    if (status == AP_OK)
        status = ap_buf_check(&more, "a subject", err);
    if (status == AP_OK && more.len > 0)
        status = send_subject(db, &more, err);
    ap_buf_add(lines, ap_buf_str(&more), more.len);
    ap_buf_free(&more);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_erasure_begin(struct ap_db *db, const struct ap_erasure_subject *subject,
                                const struct ap_erasure_decision *decision, ap_erasure_also_fn *also, void *context,
                                struct ap_error *err)
{
    struct ap_buf lines = AP_BUF_INIT;
    enum ap_status status = retain_subject_add(&lines, subject->subject, err);

    for (size_t i = 0; status == AP_OK && i < subject->also_count; i++)
        status = retain_subject_add(&lines, subject->also[i], err);
    if (status == AP_OK)
        status = retain_subject_make(db, err);
    if (status == AP_OK)
        status = send_subject(db, &lines, err);
    if (status == AP_OK && !subject->exact)
        status = add_others(db, subject, &lines, also, context, err);
    if (status == AP_OK)
        status = ap_buf_check(&lines, "a subject", err);
    if (status == AP_OK && decision != NULL)
        status = check_texts(decision, &lines, err);
    ap_buf_free(&lines);
    return status;
}

enum ap_status ap_erasure_find(struct ap_db *db, const struct ap_uuid *chain, const char *const *named,
                               size_t named_count, const char *groups, struct ap_rows **out, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE];
    struct ap_buf ids = AP_BUF_INIT, array = AP_BUF_INIT;
    const char *values[] = {chain != NULL ? id : NULL, NULL, NULL};
    enum ap_status status;
    size_t found = 0;

    *out = NULL;
    if (chain != NULL)
        ap_uuid_format(id, chain);
    ap_buf_addc(&ids, '{');
    for (size_t i = 0; i < named_count; i++)
        ap_buf_addf(&ids, "%s%s", i > 0 ? "," : "", named[i]);
    ap_buf_addc(&ids, '}');
    ap_buf_addc(&array, '{');
    for (const char *c = groups; c != NULL && *c != '\0'; c++)
        ap_buf_addc(&array, *c == ' ' ? ',' : *c);
    ap_buf_addc(&array, '}');
    status = ap_buf_check(&ids, "entries", err);
    if (status == AP_OK)
        status = ap_buf_check(&array, "groups", err);
    values[1] = ap_buf_str(&ids);
    values[2] = groups != NULL ? ap_buf_str(&array) : NULL;
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/erase_found"), 3, values, out, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(*out); i++)
        found += ap_rows_bool(*out, i, AP_ERASE_NAMED);
    if (status == AP_OK && found < named_count)
        status =
            ap_fail(err, AP_EINPUT, "%zu of the %zu entries named are not there", named_count - found, named_count);
    ap_buf_free(&ids);
    ap_buf_free(&array);
    return status;
}

/* Entry and group, as two arrays of the same length. */
static void add_items(struct ap_buf *ids, struct ap_buf *groups, const char *entry, const char *names)
{
    for (const char *name = names; *name != '\0'; name += strspn(name, " ")) {
        size_t len = strcspn(name, " ");

        ap_buf_addf(ids, "%c%s", ids->len == 0 ? '{' : ',', entry);
        ap_buf_addf(groups, "%c%.*s", groups->len == 0 ? '{' : ',', (int)len, name);
        name += len;
    }
}

enum ap_status ap_erasure_decide(struct ap_db *db, const struct ap_erasure_decision *decision,
                                 const struct ap_rows *rows, size_t first, size_t end, bool except_held,
                                 struct ap_erasure_done *done, struct ap_error *err)
{
    struct ap_buf ids = AP_BUF_INIT, groups = AP_BUF_INIT;
    char review[AP_TIME_TEXT_SIZE];
    const char *values[7] = {NULL, decision->kept ? "kept" : "erased", decision->ground, decision->reason, NULL, NULL,
                             NULL};
    struct ap_rows *result = NULL;
    enum ap_status status;
    bool any;

    memset(done, 0, sizeof *done);
    values[0] = ap_rows_str(rows, first, AP_ERASE_CHAIN);
    (void)snprintf(done->chain, sizeof done->chain, "%s", values[0]);
    if (decision->kept) {
        ap_time_format(review, decision->review_us);
        values[4] = review;
    }
    for (size_t i = first; i < end; i++)
        if (decision->kept || !except_held || ap_rows_text(rows, i, AP_ERASE_HOLD) == NULL)
            add_items(&ids, &groups, ap_rows_str(rows, i, AP_ERASE_ENTRY), ap_rows_str(rows, i, AP_ERASE_GROUPS));
    any = ids.len > 0;
    ap_buf_addc(&ids, '}');
    ap_buf_addc(&groups, '}');
    status = ap_buf_check(&ids, "entries", err);
    if (status == AP_OK)
        status = ap_buf_check(&groups, "groups", err);
    values[5] = ap_buf_str(&ids);
    values[6] = ap_buf_str(&groups);
    if (status == AP_OK && any)
        status = retain_refused(ap_db_query(db, ap_sql("queries/erase_decide"), 7, values, &result, err), err);
    if (status == AP_OK && any)
        (void)snprintf(done->decision, sizeof done->decision, "%s", ap_rows_str(result, 0, 0));
    ap_rows_free(result);
    ap_buf_free(&ids);
    ap_buf_free(&groups);
    return status;
}

enum ap_status ap_erasure_run(struct ap_db *db, struct ap_erasure_done *done, uint64_t batch, struct ap_error *err)
{
    char after[AP_UUID_TEXT_SIZE], most[NUMBER_SIZE];
    const char *values[] = {done->chain, done->decision, NULL, most};
    enum ap_status status = AP_OK;
    bool more = true;

    (void)snprintf(most, sizeof most, "%" PRIu64, batch);
    while (status == AP_OK && more) {
        struct ap_rows *rows = NULL;

        status = retain_refused(ap_db_query(db, ap_sql("queries/erase_batch"), 4, values, &rows, err), err);
        if (status == AP_OK) {
            more = ap_rows_text(rows, 0, 0) != NULL;
            (void)snprintf(after, sizeof after, "%s", ap_rows_str(rows, 0, 0));
            values[2] = after;
            done->entries += (uint64_t)ap_rows_int(rows, 0, 1);
            done->held += (uint64_t)ap_rows_int(rows, 0, 2);
        }
        ap_rows_free(rows);
    }
    return status;
}

enum ap_status ap_erasure_unfinished(struct ap_db *db, struct ap_rows **out, struct ap_error *err)
{
    return ap_db_query(db, ap_sql("queries/erase_unfinished"), 0, NULL, out, err);
}
