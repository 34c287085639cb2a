/* Notes of changed keys and declared restores that are kept outside of the database, and what it does not know of them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "seal_internal.h"

static const char key_header[] = "auditproof/log-key@v1", epoch_header[] = "auditproof/epoch@v1";

/* Its kind and number; false for what is no such note. */
static bool look_at(struct ap_log_note *out, const char *bytes, size_t len)
{
    struct note_lines lines = {bytes, len}, again = lines;
    const char *text;
    size_t n;

    out->epoch = note_line_is(&again, epoch_header);
    return (out->epoch || note_line_is(&lines, key_header)) && (!out->epoch || note_line(&lines, &text, &n)) &&
           note_line(&lines, &text, &n) && note_line(&lines, &text, &n) && note_line_number(&lines, &out->number) &&
           out->number > 0 && out->number < AP_LOG_NOTES_MAX;
}

static enum ap_status keep(struct ap_log_notes *notes, const char *bytes, size_t len, struct ap_error *err)
{
    struct ap_log_note note = {NULL, len, false, 0}, *more;
    struct ap_note *parsed;
    enum ap_status status;
    size_t i;

    for (i = 0; i < notes->count; i++)
        if (notes->notes[i].len == len && memcmp(notes->notes[i].bytes, bytes, len) == 0)
            return AP_OK;
    parsed = calloc(1, sizeof *parsed);
    if (parsed == NULL)
        return ap_fail_memory(err, "a note");
    status = ap_note_parse(parsed, bytes, len, err);
    free(parsed);
    if (status != AP_OK)
        return status;
    if (!look_at(&note, bytes, len))
        return ap_fail(err, AP_EINPUT, "it is no note of a changed key, or of a declared restore");
    if (notes->count == AP_LOG_NOTES_MAX)
        return ap_fail(err, AP_ELIMIT, "more than %d notes of changed keys and declared restores", AP_LOG_NOTES_MAX);
    more = realloc(notes->notes, (notes->count + 1) * sizeof *more);
    if (more == NULL)
        return ap_fail_memory(err, "notes");
    notes->notes = more;
    note.bytes = malloc(len + 1);
    if (note.bytes == NULL)
        return ap_fail_memory(err, "a note");
    memcpy(note.bytes, bytes, len);
    note.bytes[len] = '\0';
    more[notes->count++] = note;
    return AP_OK;
}

/* A note is its text, an empty line, and signature lines, which begin with a dash: what does not is the next one. */
static size_t note_length(const char *text, size_t len)
{
    static const char dash[] = "\xe2\x80\x94 ";
    struct note_lines lines = {text, len};
    bool signatures = false;
    const char *line;
    size_t n;

    while (note_line(&lines, &line, &n)) {
        bool is_signature = n >= sizeof dash - 1 && memcmp(line, dash, sizeof dash - 1) == 0;

        if (signatures && !is_signature)
            return (size_t)(line - text);
        signatures = signatures || is_signature;
    }
    return len;
}

enum ap_status ap_log_notes_add(struct ap_log_notes *notes, const char *text, size_t len, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    while (len > 0 && status == AP_OK) {
        size_t n = *text == '\n' ? 1 : note_length(text, len);

        if (*text != '\n')
            status = keep(notes, text, n, err);
        text += n;
        len -= n;
    }
    return status;
}

void ap_log_notes_free(struct ap_log_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        free(notes->notes[i].bytes);
    free(notes->notes);
    memset(notes, 0, sizeof *notes);
}

/* What the directories have under one of the log's names. One that cannot be read now says so when it is handed to. */
static enum ap_status gather(struct round *r, const char *name, struct ap_log_notes *notes, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t i;

    for (i = 0; i < r->options->anchor_count && status == AP_OK; i++) {
        struct ap_anchor anchor;

        status = ap_anchor_parse(&anchor, r->options->anchors[i], err);
        if (status == AP_OK && anchor.kind == AP_ANCHOR_DIRECTORY)
            status = anchor_dir_notes(anchor.target, r->digest, name, notes, err);
        if (status == AP_EIO && !r->adopts)
            status = AP_OK;
    }
    return status;
}

static enum ap_status take_given(const struct round *r, struct ap_log_notes *notes, struct ap_error *err)
{
    const struct ap_log_notes *given = r->options->history;
    enum ap_status status = AP_OK;
    size_t i;

    for (i = 0; given != NULL && i < given->count && status == AP_OK; i++)
        status = ap_log_notes_add(notes, given->notes[i].bytes, given->notes[i].len, err);
    return status;
}

/* Each name leads to the notes of its end, where the next one is: until there is no further one. */
static enum ap_status follow_all(struct round *r, struct ap_log_notes *notes, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t looked_at = 0;

    while (status == AP_OK && looked_at < r->keys.count && r->keys.problem[0] == '\0') {
        const char *name = r->keys.keys[looked_at].vkey.name;

        if (looked_at == 0 || strcmp(name, r->keys.keys[looked_at - 1].vkey.name) != 0)
            status = gather(r, name, notes, err);
        looked_at++;
        /* Only where all that is known is looked at: notes of a later name may be needed to go on. */
        if (status == AP_OK && looked_at == r->keys.count)
            status = log_keys_follow(&r->keys, r->digest, notes, err);
    }
    return status == AP_OK && r->keys.problem[0] == '\0' ? epochs_follow(&r->epochs, &r->keys, notes, err) : status;
}

enum ap_status round_adopt(struct round *r, struct ap_error *err)
{
    struct ap_log_notes notes = {NULL, 0};
    enum ap_status status = take_given(r, &notes, err);

    if (status == AP_OK && r->keys.count == 1) {
        status = gather(r, r->options->vkey->name, &notes, err);
        if (status == AP_OK)
            status = log_keys_begin(&r->keys, r->digest, &notes, r->options->vkey,
                                    r->last.there ? &r->last.parsed : NULL, err);
    }
    if (status == AP_OK)
        status = follow_all(r, &notes, err);
    ap_log_notes_free(&notes);
    return status;
}

enum ap_status round_check_history(struct round *r, struct ap_error *err)
{
    static const char advice[] = "If the database was restored from a backup on purpose, declare it with `auditseal "
                                 "epoch`, by the newest key; otherwise treat it as an attack.";
    char expected[AP_FINDING_TEXT_SIZE], there[AP_FINDING_TEXT_SIZE];
    struct ap_log_notes notes = {NULL, 0};
    size_t count = r->keys.count;
    const char *problem;
    enum ap_status status = follow_all(r, &notes, err);

    ap_log_notes_free(&notes);
    if (status != AP_OK)
        return status;
    problem = r->keys.problem[0] != '\0' ? r->keys.problem : r->epochs.problem;
    if (problem[0] != '\0')
        return round_refuse(r, AP_FINDING_SIGNATURE, "one history of the log's keys", problem,
                            "The database and an anchor, or two anchors, disagree.", err);
    if (r->keys.count == count)
        return AP_OK;
    ap_finding_text(expected, "change %zu of the log's key, at %" PRIu64 " seals, as an anchor has it", count,
                    r->keys.keys[count].from_size);
    ap_finding_text(there, "a database that does not know it");
    return round_refuse(r, AP_FINDING_TRUNCATED, expected, there, advice, err);
}

enum ap_status ap_seal_history(struct ap_db *db, struct ap_buf *notes, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/seal_history"), 0, NULL, &rows, err);
    size_t i;

    for (i = 0; status == AP_OK && i < ap_rows_count(rows); i++)
        if (!hex_buffer(rows, i, 0, notes))
            status = ap_fail(err, AP_ESTATE, "a note in the history of the log cannot be read; run auditverify");
    ap_rows_free(rows);
    return status;
}
