#include <stdio.h>
#include <string.h>

#include "classify_internal.h"

static const char nil_chain[] = "00000000-0000-0000-0000-000000000000";

void classify_bytea(struct ap_buf *out, const void *bytes, size_t len)
{
    char *at;

    ap_buf_adds(out, "\\x");
    if (len > AP_BUF_MAX / 2 || (at = ap_buf_reserve(out, 2 * len)) == NULL) {
        out->failed = true;
        return;
    }
    ap_hex_encode(at, bytes, len);
    out->len += 2 * len;
    ap_buf_adds(out, ""); /* ends in a NUL again */
}

void classify_digest_text(char out[BYTEA_DIGEST_SIZE], const uint8_t digest[AP_HASH_LEN])
{
    out[0] = '\\';
    out[1] = 'x';
    ap_hex_encode(out + 2, digest, AP_HASH_LEN);
    out[BYTEA_DIGEST_SIZE - 1] = '\0';
}

enum ap_status classify_bytea_read(struct ap_buf *out, const char *text, struct ap_error *err)
{
    size_t len = strlen(text);
    char *at;

    ap_buf_clear(out);
    if (len < 2 || len % 2 != 0 || text[0] != '\\' || text[1] != 'x')
        return ap_fail(err, AP_EIO, "the server sent bytes in a form that this version cannot read");
    len = len / 2 - 1;
    at = ap_buf_reserve(out, len + 1);
    if (at == NULL)
        return ap_fail_memory(err, "bytes from the server");
    if (!ap_hex_decode((uint8_t *)at, len, text + 2))
        return ap_fail(err, AP_EIO, "the server sent bytes in a form that this version cannot read");
    out->len += len;
    return AP_OK;
}

enum ap_status classify_prepare(struct ap_db *db, bool records, struct ap_error *err)
{
    const char *flag = records ? "t" : "f";
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/classify_ready"), 1, &flag, &rows, err);

    if (status == AP_OK && ap_rows_text(rows, 0, 0) != NULL)
        status = ap_fail(err, AP_ESTATE, "%s", ap_rows_str(rows, 0, 0));
    ap_rows_free(rows);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/classify_session"), 0, NULL, NULL, err);
    return status;
}

/* An account that is no UUID is none of ours: the database knows nothing of it. */
static enum ap_status ask_history(void *context, enum ap_history_kind kind, const char *partition, const char *actor,
                                  const char *value, struct ap_history_answer *answer, struct ap_error *err)
{
    const struct sifter *s = context;
    const char *values[5] = {s->chain, s->seq, actor, kind == AP_HISTORY_ADDRESS ? value : NULL,
                             kind == AP_HISTORY_AGENT ? value : NULL};
    struct ap_rows *rows = NULL;
    struct ap_uuid account;
    enum ap_status status;

    (void)partition;
    answer->actor_seen = answer->value_seen = false;
    if (actor == NULL || !ap_uuid_parse(&account, actor))
        return AP_OK;
    status = ap_db_query(s->db, ap_sql("queries/classify_history"), 5, values, &rows, err);
    if (status == AP_OK) {
        answer->actor_seen = ap_rows_bool(rows, 0, 0);
        answer->value_seen = ap_rows_bool(rows, 0, 1);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status make_classifier(struct sifter *s, struct ap_error *err)
{
    struct ap_classifier_options options = {.history = ask_history, .history_context = s};

    return ap_classifier_new(&s->classifier, s->rules, &options, err);
}

enum ap_status sifter_open(struct sifter *s, struct ap_db *db, const struct ap_rules *rules, struct ap_error *err)
{
    memset(s, 0, sizeof *s);
    s->db = db;
    s->rules = rules;
    return make_classifier(s, err);
}

void sifter_close(struct sifter *s)
{
    ap_classifier_free(s->classifier);
    ap_buf_free(&s->state);
    memset(s, 0, sizeof *s);
}

enum ap_status sifter_chain(struct sifter *s, const char *chain, const char *state, struct ap_error *err)
{
    /* One chain at a time, so that bounds cut off the same whoever classifies what besides. */
    ap_classifier_forget(s->classifier, s->partition);
    (void)snprintf(s->chain, sizeof s->chain, "%s", chain);
    s->partition = strcmp(chain, nil_chain) == 0 ? NULL : s->chain;
    ap_classifier_forget(s->classifier, s->partition);
    if (state == NULL)
        return AP_OK;
    if (classify_bytea_read(&s->state, state, err) != AP_OK ||
        ap_classifier_load(s->classifier, s->partition, s->state.data, s->state.len, err) != AP_OK)
        return ap_error_prefix(err, "the correlations of chain %s cannot go on", chain);
    return AP_OK;
}

enum ap_status sifter_state(struct sifter *s, struct ap_buf *out, struct ap_error *err)
{
    ap_buf_clear(&s->state);
    if (ap_classifier_save(s->classifier, s->partition, &s->state, err) != AP_OK)
        return ap_error_prefix(err, "the correlations of chain %s cannot be kept", s->chain);
    if (s->state.len > 0)
        classify_bytea(out, s->state.data, s->state.len);
    return ap_buf_check(out, "the state of correlations", err);
}

static void add_stats(struct ap_classifier_stats *sum, const struct ap_classifier_stats *more)
{
    sum->events += more->events;
    sum->bad += more->bad;
    sum->matched += more->matched;
    sum->candidates += more->candidates;
    sum->regex_searches += more->regex_searches;
    sum->regex_limits += more->regex_limits;
    sum->late += more->late;
    sum->evicted_groups += more->evicted_groups;
    sum->evicted_events += more->evicted_events;
    sum->evicted_actors += more->evicted_actors;
}

void sifter_stats(const struct sifter *s, struct ap_classifier_stats *out)
{
    struct ap_classifier_stats now;

    *out = s->past;
    if (s->classifier == NULL)
        return;
    ap_classifier_stats(s->classifier, &now);
    add_stats(out, &now);
}

enum ap_status sifter_renew(struct sifter *s, struct ap_error *err)
{
    sifter_stats(s, &s->past);
    ap_classifier_free(s->classifier);
    s->classifier = NULL;
    return make_classifier(s, err);
}

enum ap_status sifter_entry(struct sifter *s, const char *seq, const char *event, int64_t recorded_us,
                            struct ap_classification *out, struct ap_error *err)
{
    enum ap_status status, rest;
    size_t at = 0;
    bool more = false;
    struct ap_classification none;

    (void)snprintf(s->seq, sizeof s->seq, "%s", seq);
    ap_classify_line(s->classifier, event, strlen(event));
    ap_classify_recorded(s->classifier, recorded_us);
    status = ap_classify_next(s->classifier, &more, out, &at, err);
    if (status == AP_OK && !more)
        return ap_fail(err, AP_EINPUT, "the pipeline makes no event of it");
    /* Too much to look at is as good as unreadable: were it an error, one such entry would end all classification. */
    if (status == AP_ELIMIT)
        status = err->status = AP_EINPUT;
    if (status == AP_EINPUT) {
        do
            rest = ap_classify_next(s->classifier, &more, &none, &at, NULL);
        while (rest == AP_EINPUT || rest == AP_ELIMIT || (rest == AP_OK && more));
    }
    return status;
}

enum ap_status classify_unreadable_line(const struct sifter *s, const char *log_id, struct ap_buf *scratch,
                                        classify_line_fn *fn, void *context, struct ap_error *err)
{
    char digest[BYTEA_DIGEST_SIZE];

    classify_digest_text(digest, ap_rules_digest(s->rules));
    ap_buf_clear(scratch);
    ap_buf_addf(
        scratch,
        "{\"id\":\"%s\",\"organization_id\":%s%s%s,\"_auditproof\":{\"risk_level\":\"%s\",\"ruleset\":\"sha256:%s\","
        "\"matches\":[{\"id\":\"unreadable\",\"title\":\"Entry that cannot be read as an event\",\"level\":\"%s\","
        "\"author\":\"\"}]}}",
        log_id, s->partition != NULL ? "\"" : "", s->partition != NULL ? s->partition : "null",
        s->partition != NULL ? "\"" : "", ap_level_risk(UNREADABLE_LEVEL), digest + 2, ap_level_name(UNREADABLE_LEVEL));
    if (ap_buf_check(scratch, "a line to print", err) != AP_OK)
        return AP_ENOMEM;
    return fn(context, UNREADABLE_LEVEL, scratch->data, scratch->len, err);
}

enum ap_status classify_lines(struct sifter *s, const struct ap_classification *c, enum ap_level min_level,
                              struct ap_buf *scratch, classify_line_fn *fn, void *context, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < c->closed_count && status == AP_OK; i++) {
        enum ap_level level = ap_rules_info(s->rules, c->closed[i].rule)->level;

        if (level < min_level)
            continue;
        ap_buf_clear(scratch);
        status = ap_classify_write_closed(s->classifier, &c->closed[i], scratch, err);
        if (status == AP_OK)
            status = fn(context, level, scratch->data, scratch->len, err);
    }
    if (status != AP_OK || c->level < min_level)
        return status;
    ap_buf_clear(scratch);
    status = ap_classify_write(s->classifier, c, scratch, err);
    if (status == AP_OK)
        status = fn(context, c->level, scratch->data, scratch->len, err);
    return status;
}
