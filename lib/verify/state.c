#include "state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/digest.h"

/*
 * The file, line by line: what it is; when auditproof was installed, and in which copy; the last run; since when rows
 * are known; a line for each share of ids; each chain and its points; and the SHA-256 of all this. Times are
 * microseconds since 1970.
 */

static const char title[] = "auditproof/verify-state@v1\n";

enum { FIRST_CAP = 4, DIGEST_LINE_LEN = 7 + 2 * AP_HASH_LEN + 1 };

void state_free(struct state *state)
{
    for (size_t i = 0; i < state->count; i++)
        free(state->chains[i].points);
    free(state->chains);
    memset(state, 0, sizeof *state);
}

enum ap_status state_add_chain(struct state *state, const struct ap_uuid *id, struct ap_error *err)
{
    if (state->count == state->cap) {
        size_t cap = state->cap > 0 ? state->cap * 2 : FIRST_CAP;
        struct known_chain *chains = realloc(state->chains, cap * sizeof *chains);

        if (chains == NULL)
            return ap_fail_memory(err, "the chains of the state");
        state->chains = chains;
        state->cap = cap;
    }
    memset(&state->chains[state->count], 0, sizeof *state->chains);
    state->chains[state->count++].id = *id;
    return AP_OK;
}

enum ap_status chain_add_point(struct known_chain *chain, const struct point *point, struct ap_error *err)
{
    if (chain->count == chain->cap) {
        size_t cap = chain->cap > 0 ? chain->cap * 2 : FIRST_CAP;
        struct point *points = realloc(chain->points, cap * sizeof *points);

        if (points == NULL)
            return ap_fail_memory(err, "the points of a chain");
        chain->points = points;
        chain->cap = cap;
    }
    chain->points[chain->count++] = *point;
    return AP_OK;
}

static int by_id(const void *a, const void *b)
{
    return ap_uuid_compare(&((const struct known_chain *)a)->id, &((const struct known_chain *)b)->id);
}

void state_sort(struct state *state)
{
    if (state->count > 0)
        qsort(state->chains, state->count, sizeof *state->chains, by_id);
}

struct known_chain *state_find(const struct state *state, size_t count, const struct ap_uuid *id)
{
    struct known_chain key;

    if (count == 0)
        return NULL;
    memset(&key, 0, sizeof key);
    key.id = *id;
    return bsearch(&key, state->chains, count, sizeof key, by_id);
}

static void add_mark(struct ap_buf *out, const struct read_mark *mark)
{
    ap_buf_addf(out, " %" PRIu64 " %" PRId64 "\n", mark->run, mark->at_us);
}

static enum ap_status add_digest(struct ap_buf *out, struct ap_error *err)
{
    const struct ap_span span = {ap_buf_str(out), out->len};
    char hex[AP_HASH_TEXT_SIZE] = "";
    uint8_t hash[AP_HASH_LEN];
    struct ap_digest *digest = NULL;
    enum ap_status status = ap_digest_new(&digest, err);

    if (status == AP_OK)
        status = ap_digest_spans(digest, hash, &span, 1, err);
    ap_digest_free(digest);
    if (status != AP_OK)
        return status;
    ap_hex_encode(hex, hash, AP_HASH_LEN);
    ap_buf_addf(out, "sha256 %s\n", hex);
    return ap_buf_check(out, "the state", err);
}

enum ap_status state_encode(struct ap_buf *out, const struct state *state, struct ap_error *err)
{
    char uuid[AP_UUID_TEXT_SIZE], hex[AP_HASH_TEXT_SIZE] = "";
    enum ap_status status;

    ap_buf_adds(out, title);
    ap_buf_addf(out, "installed %" PRId64 "\ncopy %" PRIu64 "\nrun %" PRIu64 "\nrows-since %" PRId64 "\ntrees",
                state->installed_us, state->copy, state->run, state->rows_since_us);
    add_mark(out, &state->trees);
    for (size_t i = 0; i < state->share_count; i++) {
        ap_buf_adds(out, "share");
        add_mark(out, &state->shares[i]);
    }
    for (size_t i = 0; i < state->count; i++) {
        const struct known_chain *chain = &state->chains[i];

        ap_uuid_format(uuid, &chain->id);
        ap_buf_addf(out, "chain %s\n", uuid);
        for (size_t p = 0; p < chain->count; p++) {
            ap_hex_encode(hex, chain->points[p].hash, AP_HASH_LEN);
            ap_buf_addf(out, "point %" PRIu64 " %s", chain->points[p].seq, hex);
            add_mark(out, &chain->points[p].read);
        }
    }
    status = ap_buf_check(out, "the state", err);
    return status == AP_OK ? add_digest(out, err) : status;
}

/* A place in the text; what is asked of it and is not there makes it `bad`. */
struct reader {
    const char *at, *end;
    bool bad;
};

static bool take(struct reader *r, const char *word)
{
    size_t len = strlen(word);

    if (r->bad || (size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return false;
    r->at += len;
    return true;
}

static void need(struct reader *r, const char *word)
{
    if (!take(r, word))
        r->bad = true;
}

/* Digits without a leading zero, no more than a signed number can be, up to the byte that ends them, which is taken. */
static uint64_t number(struct reader *r, char end)
{
    const char *from = r->at;
    uint64_t value = 0;

    while (!r->bad && r->at < r->end && *r->at >= '0' && *r->at <= '9') {
        uint64_t digit = (uint64_t)(*r->at++ - '0');

        if (value > ((uint64_t)INT64_MAX - digit) / 10)
            r->bad = true;
        else
            value = value * 10 + digit;
    }
    if (r->bad || r->at == from || (*from == '0' && r->at - from > 1) || r->at == r->end || *r->at++ != end)
        r->bad = true;
    return value;
}

static struct read_mark mark(struct reader *r, const struct state *state)
{
    struct read_mark mark;

    mark.run = number(r, ' ');
    mark.at_us = (int64_t)number(r, '\n');
    if (mark.run > state->run)
        r->bad = true;
    return mark;
}

static enum ap_status read_point(struct reader *r, const struct state *state, struct known_chain *chain,
                                 struct ap_error *err)
{
    char hex[AP_HASH_TEXT_SIZE] = "";
    struct point point;

    memset(&point, 0, sizeof point);
    point.seq = number(r, ' ');
    if (point.seq < 1 || (chain->count > 0 && point.seq <= chain->points[chain->count - 1].seq))
        r->bad = true;
    if (r->bad || r->end - r->at < 2 * AP_HASH_LEN + 1 || !ap_hex_decode(point.hash, AP_HASH_LEN, r->at)) {
        r->bad = true;
        return AP_OK;
    }
    ap_hex_encode(hex, point.hash, AP_HASH_LEN);
    need(r, hex);
    need(r, " ");
    point.read = mark(r, state);
    return r->bad ? AP_OK : chain_add_point(chain, &point, err);
}

static enum ap_status read_chain(struct reader *r, struct state *state, struct ap_error *err)
{
    char text[AP_UUID_TEXT_SIZE], again[AP_UUID_TEXT_SIZE];
    struct ap_uuid id;
    enum ap_status status;

    if (r->bad || r->end - r->at < AP_UUID_TEXT_SIZE) {
        r->bad = true;
        return AP_OK;
    }
    memcpy(text, r->at, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    if (!ap_uuid_parse(&id, text) ||
        (state->count > 0 && ap_uuid_compare(&state->chains[state->count - 1].id, &id) >= 0)) {
        r->bad = true;
        return AP_OK;
    }
    ap_uuid_format(again, &id);
    need(r, again);
    need(r, "\n");
    status = state_add_chain(state, &id, err);
    while (status == AP_OK && take(r, "point "))
        status = read_point(r, state, &state->chains[state->count - 1], err);
    if (status == AP_OK && state->chains[state->count - 1].count == 0)
        r->bad = true;
    return status;
}

static enum ap_status read_all(struct reader *r, struct state *state, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    need(r, "installed ");
    state->installed_us = (int64_t)number(r, '\n');
    need(r, "copy ");
    state->copy = number(r, '\n');
    need(r, "run ");
    state->run = number(r, '\n');
    need(r, "rows-since ");
    state->rows_since_us = (int64_t)number(r, '\n');
    need(r, "trees ");
    state->trees = mark(r, state);
    while (take(r, "share ")) {
        if (state->share_count == AP_INCREMENTAL_MAX_CYCLE)
            r->bad = true;
        else
            state->shares[state->share_count++] = mark(r, state);
    }
    while (status == AP_OK && take(r, "chain "))
        status = read_chain(r, state, err);
    if (r->at != r->end || state->run < 1 || state->share_count < 1)
        r->bad = true;
    return status;
}

static enum ap_status check_digest(const char *text, size_t len, struct ap_error *err)
{
    struct ap_buf again = AP_BUF_INIT;
    bool same = false;
    enum ap_status status = AP_OK;

    if (len >= DIGEST_LINE_LEN) {
        ap_buf_add(&again, text, len - DIGEST_LINE_LEN);
        status = ap_buf_check(&again, "the state", err);
        if (status == AP_OK)
            status = add_digest(&again, err);
        same = status == AP_OK && again.len == len && memcmp(again.data, text, len) == 0;
    }
    ap_buf_free(&again);
    if (status == AP_OK && !same)
        status = ap_fail(err, AP_EINPUT, "it is torn or was edited: its digest is not that of its content");
    return status;
}

enum ap_status state_parse(struct state *state, const char *text, size_t len, struct ap_error *err)
{
    struct reader r = {text, text + len, false};
    enum ap_status status;

    memset(state, 0, sizeof *state);
    if (!take(&r, title))
        return ap_fail(err, AP_EINPUT, "it is not a state that this version of auditverify wrote");
    status = check_digest(text, len, err);
    if (status != AP_OK)
        return status;
    r.end -= DIGEST_LINE_LEN;
    if (r.end < r.at)
        r.bad = true;
    status = r.bad ? AP_OK : read_all(&r, state, err);
    if (status == AP_OK && r.bad)
        status = ap_fail(err, AP_EINPUT, "it is not as auditverify writes it, from byte %zu on", (size_t)(r.at - text));
    return status;
}
