/* What a step.json says. */
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json_read.h"
#include "auditproof/utf8.h"
#include "case_internal.h"

static const char format[] = "auditproof-case/1";
static const char *const kinds[AP_CASE_KINDS] = {"opened", "query", "note", "rerun"};

const char *ap_case_kind_name(enum ap_case_kind kind)
{
    return kinds[kind];
}

bool case_is_file_name(const char *name, size_t len)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";

    if (len == 0 || len >= AP_CASE_NAME_SIZE || name[0] == '.' || memchr(name, '\0', len) != NULL)
        return false;
    for (size_t i = 0; i < len; i++)
        if (strchr(allowed, name[i]) == NULL)
            return false;
    return strlen(CASE_STEP_FILE) != len || memcmp(name, CASE_STEP_FILE, len) != 0;
}

/* Texts are put into one buffer, which may move while it grows: their places are kept, and become pointers at the end.
 */
enum { TIME, OS_USER, LOGIN, ROLE, TEXT, ABOUT, TEXTS };

struct parsing {
    struct ap_case_step *step;
    struct ap_buf *texts;
    size_t at[TEXTS]; /* offset + 1; 0: none */
    bool format, kind, number, previous, files;
};

static enum ap_status fail(struct ap_error *err, const char *what)
{
    return ap_fail(err, AP_EINPUT, "its %s is not as a case has it", what);
}

static bool take_text(struct parsing *p, int which, const struct ap_json_span *value)
{
    if (value->kind == AP_JSON_NULL)
        return which != TIME;
    if (value->kind != AP_JSON_STRING || p->at[which] != 0)
        return false;
    p->at[which] = p->texts->len + 1;
    ap_json_decode(value, p->texts);
    ap_buf_addc(p->texts, '\0');
    return true;
}

static bool take_about(struct parsing *p, const struct ap_json_span *value)
{
    if (value->kind == AP_JSON_NULL)
        return true;
    if (value->kind != AP_JSON_OBJECT || p->at[ABOUT] != 0)
        return false;
    p->at[ABOUT] = p->texts->len + 1;
    ap_buf_add(p->texts, value->text, value->len);
    ap_buf_addc(p->texts, '\0');
    return true;
}

static bool take_number(uint64_t *out, const struct ap_json_span *value, uint64_t most)
{
    *out = 0;
    if (value->kind != AP_JSON_NUMBER)
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (value->text[i] < '0' || value->text[i] > '9' || *out > most)
            return false;
        *out = *out * 10 + (uint64_t)(value->text[i] - '0');
    }
    return *out <= most;
}

static bool take_hash(uint8_t out[AP_HASH_LEN], const struct ap_json_span *value)
{
    char text[2 * AP_HASH_LEN + 1];

    if (value->kind != AP_JSON_STRING || value->len != sizeof text + 1)
        return false;
    memcpy(text, value->text + 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    return ap_hex_decode(out, AP_HASH_LEN, text);
}

static bool take_kind(struct parsing *p, const struct ap_json_span *value)
{
    for (int i = 0; i < AP_CASE_KINDS && !p->kind; i++)
        if (value->kind == AP_JSON_STRING && ap_json_string_is(value, kinds[i], strlen(kinds[i]))) {
            p->step->kind = (enum ap_case_kind)i;
            return p->kind = true;
        }
    return false;
}

static bool is_name(const struct ap_json_span *key, const char *name)
{
    return ap_json_string_is(key, name, strlen(name));
}

typedef bool take_fn(struct parsing *p, const struct ap_json_span *key, const struct ap_json_span *value,
                     struct ap_error *err);

/* Hand out the members of an object. */
static bool each(struct parsing *p, const struct ap_json_span *object, take_fn *take, struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span key, value;
    bool more = true;

    ap_json_reader_init(&reader, object->text, object->len);
    if (object->kind != AP_JSON_OBJECT || ap_json_read_open(&reader, err) != AP_OK)
        return false;
    for (;;) {
        if (ap_json_read_member(&reader, &more, &key, &value, err) != AP_OK)
            return false;
        if (!more)
            return true;
        if (!take(p, &key, &value, err))
            return false;
    }
}

static bool take_author(struct parsing *p, const struct ap_json_span *key, const struct ap_json_span *value,
                        struct ap_error *err)
{
    (void)err;
    if (is_name(key, "os_user"))
        return take_text(p, OS_USER, value);
    if (is_name(key, "login"))
        return take_text(p, LOGIN, value);
    return is_name(key, "role") && take_text(p, ROLE, value);
}

static bool take_file_fact(struct parsing *p, const struct ap_json_span *key, const struct ap_json_span *value,
                           struct ap_error *err)
{
    struct ap_case_file *file = &p->step->files[p->step->file_count];

    (void)err;
    if (is_name(key, "size"))
        return take_number(&file->size, value, AP_CASE_FILE_MAX);
    return is_name(key, "sha256") && take_hash(file->sha256, value);
}

static bool take_file(struct parsing *p, const struct ap_json_span *key, const struct ap_json_span *value,
                      struct ap_error *err)
{
    struct ap_case_step *step = p->step;
    size_t len = key->len - 2;

    if (step->file_count == AP_CASE_FILES_MAX || !case_is_file_name(key->text + 1, len))
        return false;
    memcpy(step->files[step->file_count].name, key->text + 1, len);
    for (size_t i = 0; i < step->file_count; i++)
        if (strcmp(step->files[i].name, step->files[step->file_count].name) == 0)
            return false;
    if (!each(p, value, take_file_fact, err))
        return false;
    step->file_count++;
    return true;
}

static bool take_member(struct parsing *p, const struct ap_json_span *key, const struct ap_json_span *value,
                        struct ap_error *err)
{
    uint64_t number = 0;

    if (is_name(key, "format"))
        return p->format = value->kind == AP_JSON_STRING && is_name(value, format);
    if (is_name(key, "step")) {
        p->number = take_number(&number, value, AP_CASE_STEPS_MAX) && number > 0;
        p->step->number = (unsigned)number;
        return p->number;
    }
    if (is_name(key, "previous"))
        return p->previous = take_hash(p->step->previous, value);
    if (is_name(key, "time"))
        return take_text(p, TIME, value);
    if (is_name(key, "author"))
        return each(p, value, take_author, err);
    if (is_name(key, "kind"))
        return take_kind(p, value);
    if (is_name(key, "text"))
        return take_text(p, TEXT, value);
    if (is_name(key, "about"))
        return take_about(p, value);
    return is_name(key, "files") && !p->files && (p->files = each(p, value, take_file, err));
}

static const char *text_at(const struct parsing *p, int which)
{
    return p->at[which] > 0 ? p->texts->data + p->at[which] - 1 : NULL;
}

enum ap_status ap_case_parse(struct ap_case_step *out, struct ap_buf *texts, const char *json, size_t len,
                             struct ap_error *err)
{
    struct parsing p = {.step = out, .texts = texts};
    struct ap_json_span whole;
    size_t at;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    ap_buf_clear(texts);
    if (len > AP_CASE_STEP_MAX)
        return ap_fail(err, AP_EINPUT, "it is longer than %d bytes", AP_CASE_STEP_MAX);
    status = ap_json_check(json, len, &whole, &at, err);
    if (status != AP_OK)
        return status;
    if (!each(&p, &whole, take_member, err))
        return fail(err, "text");
    status = ap_buf_check(texts, "a step", err);
    if (status != AP_OK)
        return status;
    if (!p.format || !p.number || !p.kind || !p.previous || !p.files || p.at[TIME] == 0)
        return fail(err, "text");
    out->time = text_at(&p, TIME);
    out->author = (struct ap_case_author){text_at(&p, OS_USER), text_at(&p, LOGIN), text_at(&p, ROLE)};
    out->text = text_at(&p, TEXT);
    out->about = text_at(&p, ABOUT);
    return AP_OK;
}
