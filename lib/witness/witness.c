#include "auditproof/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "auditproof/bytes.h"
#include "auditproof/file.h"

enum { PATH_SIZE = 4096 };

/* One request on its way. */
struct asking {
    const struct ap_witness *witness;
    struct ap_digest *digest;
    struct ap_witness_request request;
    struct ap_note note;
    struct ap_checkpoint is;
    char path[PATH_SIZE];    /* of what was cosigned last */
    struct ap_buf last_note; /* empty when nothing was */
    struct ap_checkpoint last;
    struct ap_witness_answer *answer;
    struct ap_error *err;
};

/* An answer that is a sentence. */
static void say(struct ap_witness_answer *answer, unsigned http_status, const char *text)
{
    ap_buf_clear(&answer->body);
    answer->http_status = http_status;
    answer->content_type = "text/plain; charset=utf-8";
    ap_buf_addf(&answer->body, "%s\n", text);
}

enum ap_status ap_witness_origin_hash(struct ap_digest *digest, const char *origin, size_t len,
                                      char out[AP_ORIGIN_HASH_SIZE], struct ap_error *err)
{
    struct ap_span span = {origin, len};
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status = ap_digest_spans(digest, hash, &span, 1, err);

    out[0] = '\0';
    if (status == AP_OK)
        ap_hex_encode(out, hash, sizeof hash);
    return status;
}

static bool is_log(const struct ap_vkey *key, const struct ap_checkpoint *is)
{
    return strlen(key->name) == is->origin_len && memcmp(key->name, is->origin, is->origin_len) == 0;
}

/* Is it of a log that is known, and signed by its key, and by none of its keys badly? Else the answer says so. */
static enum ap_status check_log(struct asking *a, bool *good)
{
    const struct ap_witness *w = a->witness;
    bool known = false, well = false, badly = false;
    enum ap_status status = AP_OK;
    enum ap_signed by;

    for (size_t i = 0; i < w->log_count && status == AP_OK; i++) {
        if (!is_log(&w->logs[i], &a->is))
            continue;
        known = true;
        status = ap_note_check(&a->note, &w->logs[i], &by, NULL, a->err);
        well = well || by == AP_SIGNED_WELL;
        badly = badly || by == AP_SIGNED_BADLY;
    }
    *good = status == AP_OK && well && !badly;
    if (status != AP_OK || *good)
        return status;
    if (!known)
        say(a->answer, AP_WITNESS_HTTP_UNKNOWN, "this witness knows no log of that origin");
    else
        say(a->answer, AP_WITNESS_HTTP_FORBIDDEN,
            badly ? "a signature of the log's key does not verify" : "the checkpoint is not signed by the log's key");
    return AP_OK;
}

/* What was cosigned last, which must be as this witness wrote it. */
static enum ap_status read_last(struct asking *a)
{
    struct ap_note note;
    enum ap_signed by;
    enum ap_status status;

    ap_buf_clear(&a->last_note);
    if (access(a->path, F_OK) != 0 && errno == ENOENT) {
        if (access(a->witness->directory, R_OK | X_OK) == 0)
            return AP_OK;
        return ap_fail_errno(a->err, errno, "cannot read directory %s", a->witness->directory);
    }
    status = ap_file_read(a->path, AP_NOTE_MAX, &a->last_note, a->err);
    if (status != AP_OK)
        return status;
    status = ap_note_parse(&note, a->last_note.data, a->last_note.len, a->err);
    if (status == AP_OK)
        status = ap_checkpoint_parse(&a->last, note.text, note.text_len, a->err);
    if (status == AP_OK)
        status = ap_note_check(&note, a->witness->vkey, &by, NULL, a->err);
    if (status == AP_OK && by != AP_SIGNED_WELL)
        status = ap_fail(a->err, AP_ESTATE, "it is not cosigned by %s", a->witness->vkey->name);
    return status == AP_OK
               ? AP_OK
               : ap_error_prefix(a->err, "%s is not what this witness wrote; find out why before you use it", a->path);
}

/* The rules of the specification, in its order. */
static enum ap_status check_consistency(struct asking *a, bool *good)
{
    const struct ap_witness_request *q = &a->request;
    uint64_t last_size = a->last_note.len == 0 ? 0 : a->last.size;
    struct ap_hash empty, before;
    enum ap_status status = ap_merkle_empty(a->digest, &empty, a->err);
    bool holds = false;

    *good = false;
    if (status != AP_OK)
        return status;
    if (q->old_size > a->is.size) {
        say(a->answer, AP_WITNESS_HTTP_BAD, "the old size is larger than the checkpoint's");
        return AP_OK;
    }
    if (q->old_size != last_size) {
        say(a->answer, AP_WITNESS_HTTP_CONFLICT, "");
        ap_buf_clear(&a->answer->body);
        ap_buf_addf(&a->answer->body, "%" PRIu64 "\n", last_size);
        a->answer->content_type = "text/x.tlog.size";
        return AP_OK;
    }
    if (a->is.size == 0 && !ap_hash_equal(&a->is.root, &empty)) {
        say(a->answer, AP_WITNESS_HTTP_WRONG, "the root of an empty log is SHA-256 of nothing");
        return AP_OK;
    }
    before = last_size == 0 ? empty : a->last.root;
    status = ap_merkle_check_consistency(a->digest, last_size, a->is.size, &before, &a->is.root, q->proof, q->count,
                                         &holds, a->err);
    *good = status == AP_OK && holds;
    if (status == AP_OK && !holds)
        say(a->answer, AP_WITNESS_HTTP_WRONG,
            q->old_size == a->is.size && q->count == 0 ? "another root was cosigned for this size"
                                                       : "the proof does not lead from what was cosigned last to this");
    return status;
}

/* The log's signatures that were checked, as they came. */
static void keep_log_lines(struct asking *a, struct ap_buf *note)
{
    for (size_t i = 0; i < a->note.count; i++) {
        const struct ap_note_signature *s = &a->note.signatures[i];
        const char *line = s->name - 4, *end = strchr(s->name, '\n');

        for (size_t k = 0; k < a->witness->log_count; k++) {
            const struct ap_vkey *key = &a->witness->logs[k];

            if (is_log(key, &a->is) && s->name_len == strlen(key->name) &&
                memcmp(s->name, key->name, s->name_len) == 0 && memcmp(s->id, key->id, AP_KEY_ID_LEN) == 0) {
                ap_buf_add(note, line, (size_t)(end - line) + 1);
                break;
            }
        }
    }
}

static enum ap_status cosign(struct asking *a, uint64_t time_s)
{
    struct ap_buf note = AP_BUF_INIT;
    enum ap_status status;
    size_t at;

    ap_buf_add(&note, a->note.text, a->note.text_len);
    ap_buf_addc(&note, '\n');
    keep_log_lines(a, &note);
    at = note.len;
    status = ap_buf_check(&note, "a checkpoint", a->err);
    if (status == AP_OK)
        status = ap_note_sign(&note, a->note.text, a->note.text_len, a->witness->vkey, a->witness->key, time_s, a->err);
    if (status == AP_OK)
        status = ap_file_replace(a->path, note.data, note.len, a->err);
    if (status == AP_OK) {
        say(a->answer, AP_WITNESS_HTTP_OK, "");
        ap_buf_clear(&a->answer->body);
        ap_buf_add(&a->answer->body, note.data + at, note.len - at);
    }
    ap_buf_free(&note);
    return status;
}

static enum ap_status lock_directory(const char *directory, int *fd, struct ap_error *err)
{
    char path[PATH_SIZE];
    int n = snprintf(path, sizeof path, "%s/lock", directory), failed;

    if (n < 0 || (size_t)n >= sizeof path)
        return ap_fail(err, AP_EINPUT, "the path %s is too long", directory);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (*fd < 0)
        return ap_fail_errno(err, errno, "cannot open %s", path);
    while ((failed = flock(*fd, LOCK_EX)) != 0 && errno == EINTR)
        ;
    if (failed == 0)
        return AP_OK;
    failed = errno;
    (void)close(*fd);
    return ap_fail_errno(err, failed, "cannot lock %s", path);
}

static enum ap_status name_file(struct asking *a, const char *origin_hash)
{
    int n = snprintf(a->path, sizeof a->path, "%s/%s", a->witness->directory, origin_hash);

    return n < 0 || (size_t)n >= sizeof a->path - 8
               ? ap_fail(a->err, AP_EINPUT, "the path %s is too long", a->witness->directory)
               : AP_OK;
}

/* Read, check, write, with nobody in between. */
static enum ap_status decide(struct asking *a, uint64_t time_s)
{
    char hash[AP_ORIGIN_HASH_SIZE];
    enum ap_status status = ap_witness_origin_hash(a->digest, a->is.origin, a->is.origin_len, hash, a->err);
    bool good = false;
    int lock = -1;

    if (status == AP_OK)
        status = name_file(a, hash);
    if (status == AP_OK)
        status = lock_directory(a->witness->directory, &lock, a->err);
    if (status != AP_OK)
        return status;
    status = read_last(a);
    if (status == AP_OK)
        status = check_consistency(a, &good);
    if (status == AP_OK && good)
        status = cosign(a, time_s);
    (void)close(lock);
    return status;
}

static enum ap_status end(struct asking *a, enum ap_status status)
{
    ap_buf_free(&a->last_note);
    if (status == AP_OK)
        status = ap_buf_check(&a->answer->body, "a witness's answer", a->err);
    if (status != AP_OK)
        say(a->answer, AP_WITNESS_HTTP_FAILED, "the witness failed; its operator can see why");
    return status;
}

enum ap_status ap_witness_add_checkpoint(const struct ap_witness *witness, struct ap_digest *digest, const void *body,
                                         size_t len, uint64_t time_s, struct ap_witness_answer *out,
                                         struct ap_error *err)
{
    struct asking a;
    struct ap_error why;
    bool good = false;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    memset(&a, 0, sizeof a);
    a.witness = witness;
    a.digest = digest;
    a.answer = out;
    a.err = err;
    if (ap_witness_request_parse(&a.request, body, len, &why) != AP_OK ||
        ap_note_parse(&a.note, a.request.note, a.request.note_len, &why) != AP_OK ||
        ap_checkpoint_parse(&a.is, a.note.text, a.note.text_len, &why) != AP_OK) {
        say(out, AP_WITNESS_HTTP_BAD, why.message);
        return end(&a, AP_OK);
    }
    status = check_log(&a, &good);
    if (status == AP_OK && good)
        status = decide(&a, time_s);
    return end(&a, status);
}

enum ap_status ap_witness_checkpoint(const struct ap_witness *witness, struct ap_digest *digest,
                                     const char *origin_hash, struct ap_witness_answer *out, struct ap_error *err)
{
    struct asking a;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    memset(&a, 0, sizeof a);
    a.witness = witness;
    a.digest = digest;
    a.answer = out;
    a.err = err;
    say(out, AP_WITNESS_HTTP_UNKNOWN, "nothing was cosigned of a log with that origin");
    if (strlen(origin_hash) != AP_ORIGIN_HASH_SIZE - 1 ||
        strspn(origin_hash, "0123456789abcdef") != AP_ORIGIN_HASH_SIZE - 1)
        return end(&a, AP_OK);
    status = name_file(&a, origin_hash);
    if (status == AP_OK)
        status = read_last(&a);
    if (status == AP_OK && a.last_note.len > 0) {
        say(out, AP_WITNESS_HTTP_OK, "");
        ap_buf_clear(&out->body);
        ap_buf_add(&out->body, a.last_note.data, a.last_note.len);
    }
    return end(&a, status);
}
