/* The body of add-checkpoint: what both sides write and read. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/base64.h"
#include "auditproof/witness.h"

static enum ap_status malformed(struct ap_error *err, const char *what)
{
    return ap_fail(err, AP_EINPUT, "not an add-checkpoint request: %s (C2SP tlog-witness)", what);
}

/* The next line, without its newline; NULL when there is none. */
static const char *take_line(const char **at, const char *end, size_t *len)
{
    const char *line = *at, *newline = memchr(line, '\n', (size_t)(end - line));

    if (newline == NULL)
        return NULL;
    *len = (size_t)(newline - line);
    *at = newline + 1;
    return line;
}

enum ap_status ap_witness_request_parse(struct ap_witness_request *out, const char *body, size_t len,
                                        struct ap_error *err)
{
    const char *at = body, *end = body + len, *line;
    uint8_t hash[AP_BASE64_BYTES(44)];
    size_t line_len, n;

    memset(out, 0, sizeof *out);
    if (len > AP_WITNESS_BODY_MAX)
        return malformed(err, "it is too long");
    line = len == 0 ? NULL : take_line(&at, end, &line_len);
    if (line == NULL || line_len < 5 || memcmp(line, "old ", 4) != 0 ||
        !ap_decimal_parse(&out->old_size, line + 4, line_len - 4))
        return malformed(err, "the first line is not \"old\" and a size");
    while ((line = at == end ? NULL : take_line(&at, end, &line_len)) != NULL && line_len > 0) {
        if (out->count == AP_WITNESS_PROOF_MAX)
            return malformed(err, "the proof has more than 63 lines");
        if (line_len != 44 || !ap_base64_decode(hash, &n, line, line_len) || n != AP_HASH_LEN)
            return malformed(err, "a line of the proof is not a hash in base64");
        memcpy(out->proof[out->count++].bytes, hash, AP_HASH_LEN);
    }
    if (line == NULL)
        return malformed(err, "no empty line ends the proof");
    if (at == end)
        return malformed(err, "it has no checkpoint");
    out->note = at;
    out->note_len = (size_t)(end - at);
    return AP_OK;
}

enum ap_status ap_witness_request_format(struct ap_buf *out, uint64_t old_size, const struct ap_hash *proof,
                                         size_t count, const char *note, size_t note_len, struct ap_error *err)
{
    char line[45];

    if (count > AP_WITNESS_PROOF_MAX)
        return ap_fail(err, AP_ELIMIT, "a proof of %zu hashes is longer than a witness takes", count);
    ap_buf_addf(out, "old %" PRIu64 "\n", old_size);
    for (size_t i = 0; i < count; i++) {
        ap_base64_encode(line, proof[i].bytes, AP_HASH_LEN);
        line[44] = '\n';
        ap_buf_add(out, line, sizeof line);
    }
    ap_buf_addc(out, '\n');
    ap_buf_add(out, note, note_len);
    return ap_buf_check(out, "a request to a witness", err);
}
