#include "json_walk.h"

#include <string.h>

struct walk {
    struct ap_buf pointer, key;
    gdpr_json_fn *fn;
    void *context;
};

static enum ap_status visit(struct walk *w, const struct ap_json_span *value, struct ap_error *err);

static void push(struct walk *w, const char *key, size_t len)
{
    ap_buf_addc(&w->pointer, '/');
    for (size_t i = 0; i < len; i++) {
        if (key[i] == '~' || key[i] == '/')
            ap_buf_adds(&w->pointer, key[i] == '~' ? "~0" : "~1");
        else
            ap_buf_addc(&w->pointer, key[i]);
    }
}

static void pop(struct walk *w, size_t len)
{
    w->pointer.len = len;
    if (w->pointer.data != NULL)
        w->pointer.data[len] = '\0';
}

static enum ap_status visit_object(struct walk *w, const struct ap_json_span *value, bool *any, struct ap_error *err)
{
    struct ap_json_span key, member;
    struct ap_json_reader reader;
    size_t len = w->pointer.len;
    enum ap_status status;
    bool more = true;

    ap_json_reader_init(&reader, value->text, value->len);
    status = ap_json_read_open(&reader, err);
    while (status == AP_OK) {
        status = ap_json_read_member(&reader, &more, &key, &member, err);
        if (status != AP_OK || !more)
            break;
        *any = true;
        ap_buf_clear(&w->key);
        ap_json_decode(&key, &w->key);
        push(w, ap_buf_str(&w->key), w->key.len);
        status = visit(w, &member, err);
        pop(w, len);
    }
    return status;
}

/* The reader reads objects member by member; an array's elements are values with commas between. */
static enum ap_status visit_array(struct walk *w, const struct ap_json_span *value, bool *any, struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span element;
    size_t len = w->pointer.len, number = 0;
    enum ap_status status = AP_OK;

    ap_json_reader_init(&reader, value->text + 1, value->len - 2);
    while (status == AP_OK) {
        while (reader.at < reader.end && strchr(" \t\r\n,", *reader.at) != NULL)
            reader.at++;
        if (reader.at == reader.end)
            break;
        *any = true;
        status = ap_json_read_value(&reader, &element, err);
        ap_buf_addf(&w->pointer, "/%zu", number++);
        if (status == AP_OK)
            status = visit(w, &element, err);
        pop(w, len);
    }
    return status;
}

static enum ap_status visit(struct walk *w, const struct ap_json_span *value, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool any = false;

    if (value->kind == AP_JSON_OBJECT)
        status = visit_object(w, value, &any, err);
    else if (value->kind == AP_JSON_ARRAY)
        status = visit_array(w, value, &any, err);
    if (status == AP_OK && !any)
        status = ap_buf_check(&w->pointer, "a JSON pointer", err);
    return status == AP_OK && !any ? w->fn(w->context, ap_buf_str(&w->pointer), value, err) : status;
}

enum ap_status gdpr_json_walk(const char *text, size_t len, const char *prefix, gdpr_json_fn *fn, void *context,
                              struct ap_error *err)
{
    struct walk w = {AP_BUF_INIT, AP_BUF_INIT, fn, context};
    struct ap_json_span value;
    enum ap_status status = ap_json_check(text, len, &value, NULL, err);

    ap_buf_adds(&w.pointer, prefix);
    if (status == AP_OK)
        status = visit(&w, &value, err);
    ap_buf_free(&w.pointer);
    ap_buf_free(&w.key);
    return status;
}
