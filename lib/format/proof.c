/* tlog-proof and entry proofs: reading and writing (C2SP tlog-proof; audit-format(5), PROOFS). */
#include "auditproof/proof.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/base64.h"

static const char tlog_head[] = "c2sp.org/tlog-proof@v1", entry_head[] = "auditproof/entry-proof@v1";

struct lines {
    const char *at, *end;
    unsigned number; /* of the line last read, from 1 */
};

static enum ap_status wrong(const struct lines *lines, const char *wanted, struct ap_error *err)
{
    return ap_fail(err, AP_EINPUT, "not a proof: line %u should be %s", lines->number, wanted);
}

/* The next line without its newline; false when no newline is left. */
static bool next(struct lines *lines, struct ap_span *out)
{
    const char *newline = lines->at == lines->end ? NULL : memchr(lines->at, '\n', (size_t)(lines->end - lines->at));

    lines->number++;
    if (newline == NULL)
        return false;
    out->data = lines->at;
    out->len = (size_t)(newline - lines->at);
    lines->at = newline + 1;
    return true;
}

static bool is(const struct ap_span *line, const char *text)
{
    return line->len == strlen(text) && memcmp(line->data, text, line->len) == 0;
}

/* "word value" */
static bool keyed(const struct ap_span *line, const char *word, struct ap_span *value)
{
    size_t len = strlen(word);

    if (line->len <= len || memcmp(line->data, word, len) != 0 || ((const char *)line->data)[len] != ' ')
        return false;
    value->data = (const char *)line->data + len + 1;
    value->len = line->len - len - 1;
    return true;
}

static bool decode(const struct ap_span *text, uint8_t *out, size_t size, size_t *len)
{
    return AP_BASE64_BYTES(text->len) <= size + 2 && text->len <= AP_BASE64_LEN(size) &&
           ap_base64_decode(out, len, text->data, text->len) && *len <= size;
}

static bool is_hash(const struct ap_span *line, struct ap_hash *out)
{
    uint8_t bytes[AP_BASE64_BYTES(44)];
    size_t len;

    if (line->len != 44 || !ap_base64_decode(bytes, &len, line->data, line->len) || len != AP_HASH_LEN)
        return false;
    memcpy(out->bytes, bytes, AP_HASH_LEN);
    return true;
}

/* "index N", hashes, and the empty line after them. `line` is the first. */
static enum ap_status parse_inclusion(struct lines *lines, struct ap_span line, struct ap_inclusion *out,
                                      struct ap_error *err)
{
    struct ap_span value;

    if (!keyed(&line, "index", &value) || !ap_decimal_parse(&out->index, value.data, value.len))
        return wrong(lines, "\"index\" and a decimal", err);
    out->count = 0;
    while (next(lines, &line)) {
        if (line.len == 0)
            return AP_OK;
        if (out->count == AP_PROOF_MAX)
            return ap_fail(err, AP_EINPUT, "not a proof: more than %d hashes", AP_PROOF_MAX);
        if (!is_hash(&line, &out->hashes[out->count++]))
            return wrong(lines, "a hash in base64, or empty", err);
    }
    return wrong(lines, "a hash in base64, or empty", err);
}

/* "consistency" and hashes, any number of times, up to *line, which is the first and then what follows. */
static enum ap_status parse_changes(struct lines *lines, struct ap_span *line, struct ap_entry_proof *out,
                                    struct ap_error *err)
{
    struct ap_hash hashes[AP_PROOF_MAX + 1];
    enum ap_status status = AP_OK;

    while (status == AP_OK && is(line, "consistency")) {
        size_t count = 0;
        bool more;

        while ((more = next(lines, line)) && is_hash(line, &hashes[count]))
            if (++count > AP_PROOF_MAX)
                return ap_fail(err, AP_EINPUT, "not a proof: more than %d hashes", AP_PROOF_MAX);
        if (!more)
            return wrong(lines, "a hash in base64, \"consistency\" or \"index\"", err);
        status = ap_entry_proof_add_change(out, hashes, count, err);
    }
    return status;
}

static enum ap_status parse_tlog(struct lines *lines, struct ap_tlog_proof *out, struct ap_error *err)
{
    struct ap_span line, value;
    uint8_t bytes[AP_PROOF_EXTRA_MAX + 2];
    enum ap_status status;

    memset(out, 0, sizeof *out);
    if (!next(lines, &line) || !is(&line, tlog_head))
        return wrong(lines, "\"c2sp.org/tlog-proof@v1\"", err);
    if (!next(lines, &line))
        return wrong(lines, "\"extra\" or \"index\"", err);
    if (keyed(&line, "extra", &value)) {
        if (!decode(&value, bytes, AP_PROOF_EXTRA_MAX, &out->extra_len))
            return wrong(lines, "\"extra\" and at most 4,096 bytes in base64", err);
        memcpy(out->extra, bytes, out->extra_len);
        if (!next(lines, &line))
            return wrong(lines, "\"index\" and a decimal", err);
    }
    status = parse_inclusion(lines, line, &out->inclusion, err);
    out->note = lines->at;
    out->note_len = (size_t)(lines->end - lines->at);
    if (status == AP_OK && out->note_len == 0)
        return wrong(lines, "followed by a checkpoint", err);
    return status;
}

enum ap_status ap_tlog_proof_parse(struct ap_tlog_proof *out, const char *text, size_t len, struct ap_error *err)
{
    struct lines lines = {text, text + len, 0};

    return parse_tlog(&lines, out, err);
}

static void add_base64(struct ap_buf *out, const void *bytes, size_t len)
{
    char *room = ap_buf_reserve(out, AP_BASE64_LEN(len));

    if (room == NULL)
        return;
    ap_base64_encode(room, bytes, len);
    out->len += AP_BASE64_LEN(len);
    out->data[out->len] = '\0';
}

static void add_inclusion(struct ap_buf *out, const struct ap_inclusion *inclusion)
{
    size_t i;

    ap_buf_addf(out, "index %" PRIu64 "\n", inclusion->index);
    for (i = 0; i < inclusion->count; i++) {
        add_base64(out, inclusion->hashes[i].bytes, AP_HASH_LEN);
        ap_buf_addc(out, '\n');
    }
    ap_buf_addc(out, '\n');
}

void ap_tlog_proof_format(struct ap_buf *out, const struct ap_tlog_proof *proof)
{
    ap_buf_addf(out, "%s\n", tlog_head);
    if (proof->extra_len > 0) {
        ap_buf_adds(out, "extra ");
        add_base64(out, proof->extra, proof->extra_len);
        ap_buf_addc(out, '\n');
    }
    add_inclusion(out, &proof->inclusion);
    ap_buf_add(out, proof->note, proof->note_len);
}

/* Base64 into a buffer of its own, for it may be long. */
static enum ap_status parse_long(struct lines *lines, const struct ap_span *value, const char *wanted,
                                 struct ap_buf *out, struct ap_error *err)
{
    char *room = ap_buf_reserve(out, AP_BASE64_BYTES(value->len) + 1);
    size_t len = 0;

    if (room == NULL)
        return ap_buf_check(out, wanted, err);
    if (!ap_base64_decode((uint8_t *)room, &len, value->data, value->len) || len == 0)
        return wrong(lines, wanted, err);
    out->len = len;
    out->data[len] = '\0';
    return AP_OK;
}

static enum ap_status parse_entry_text(struct lines *lines, const struct ap_span *value, struct ap_buf *out,
                                       struct ap_error *err)
{
    enum ap_status status = parse_long(lines, value, "\"entry\" and the entry text in base64", out, err);
    size_t i;

    /* It is JSON, which has no control characters: a stranger's could act on the terminal that shows it. */
    for (i = 0; i < out->len && status == AP_OK; i++)
        if ((unsigned char)out->data[i] < 0x20)
            return wrong(lines, "\"entry\" and the entry text, without control characters, in base64", err);
    return status;
}

enum ap_status ap_entry_proof_parse(struct ap_entry_proof *out, const char *text, size_t len, struct ap_error *err)
{
    struct lines lines = {text, text + len, 0};
    uint8_t bytes[AP_RECORD_LEN + 2];
    struct ap_span line, value;
    enum ap_status status;
    size_t record_len;

    memset(out, 0, sizeof *out);
    if (len > AP_PROOF_BYTES_MAX)
        return ap_fail(err, AP_ELIMIT, "a proof of %zu bytes is too long; the bound is %d", len, AP_PROOF_BYTES_MAX);
    if (!next(&lines, &line) || !is(&line, entry_head))
        return wrong(&lines, "\"auditproof/entry-proof@v1\"", err);
    if (!next(&lines, &line))
        return wrong(&lines, "\"entry\" or \"record\"", err);
    if (keyed(&line, "entry", &value)) {
        status = parse_entry_text(&lines, &value, &out->entry_text, err);
        if (status != AP_OK)
            return status;
        if (!next(&lines, &line))
            return wrong(&lines, "\"record\" and 100 bytes in base64", err);
    }
    if (!keyed(&line, "record", &value) || !decode(&value, bytes, AP_RECORD_LEN, &record_len) ||
        record_len != AP_RECORD_LEN)
        return wrong(&lines, "\"record\" and 100 bytes in base64", err);
    memcpy(out->record, bytes, AP_RECORD_LEN);
    if (!next(&lines, &line))
        return wrong(&lines, "\"history\" or \"index\"", err);
    if (keyed(&line, "history", &value)) {
        status = parse_long(&lines, &value, "\"history\" and notes in base64", &out->history, err);
        if (status != AP_OK)
            return status;
        if (!next(&lines, &line))
            return wrong(&lines, "\"consistency\", or \"index\" and a decimal", err);
        status = parse_changes(&lines, &line, out, err);
        if (status != AP_OK)
            return status;
    }
    status = parse_inclusion(&lines, line, &out->inclusion, err);
    return status == AP_OK ? parse_tlog(&lines, &out->seal, err) : status;
}

/* A byte for each number of hashes: AP_PROOF_MAX fits. */
enum ap_status ap_entry_proof_add_change(struct ap_entry_proof *proof, const struct ap_hash *hashes, size_t count,
                                         struct ap_error *err)
{
    ap_buf_addc(&proof->changes, (char)count);
    ap_buf_add(&proof->changes, hashes, count * sizeof *hashes);
    return ap_buf_check(&proof->changes, "a proof", err);
}

bool ap_entry_proof_change(const struct ap_entry_proof *proof, size_t i, struct ap_hash out[AP_PROOF_MAX],
                           size_t *count)
{
    size_t at = 0;

    for (; at < proof->changes.len; i--) {
        *count = (unsigned char)proof->changes.data[at++];
        if (i == 0) {
            memcpy(out, proof->changes.data + at, *count * sizeof *out);
            return true;
        }
        at += *count * sizeof *out;
    }
    return false;
}

static void add_changes(struct ap_buf *out, const struct ap_entry_proof *proof)
{
    struct ap_hash hashes[AP_PROOF_MAX];
    size_t count;

    for (size_t i = 0; ap_entry_proof_change(proof, i, hashes, &count); i++) {
        ap_buf_adds(out, "consistency\n");
        for (size_t k = 0; k < count; k++) {
            add_base64(out, hashes[k].bytes, AP_HASH_LEN);
            ap_buf_addc(out, '\n');
        }
    }
}

enum ap_status ap_entry_proof_format(struct ap_buf *out, const struct ap_entry_proof *proof, struct ap_error *err)
{
    ap_buf_addf(out, "%s\n", entry_head);
    if (proof->entry_text.len > 0) {
        ap_buf_adds(out, "entry ");
        add_base64(out, proof->entry_text.data, proof->entry_text.len);
        ap_buf_addc(out, '\n');
    }
    ap_buf_adds(out, "record ");
    add_base64(out, proof->record, AP_RECORD_LEN);
    ap_buf_addc(out, '\n');
    if (proof->history.len > 0) {
        ap_buf_adds(out, "history ");
        add_base64(out, proof->history.data, proof->history.len);
        ap_buf_addc(out, '\n');
    }
    add_changes(out, proof);
    add_inclusion(out, &proof->inclusion);
    ap_tlog_proof_format(out, &proof->seal);
    return ap_buf_check(out, "a proof", err);
}

void ap_entry_proof_clear(struct ap_entry_proof *proof)
{
    ap_buf_free(&proof->entry_text);
    ap_buf_free(&proof->history);
    ap_buf_free(&proof->changes);
}
