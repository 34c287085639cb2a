/* The modifiers that work on strings, one after the other. */
#include <string.h>

#include "item.h"

/* A string without wildcards: what is encoded must be known to the last byte. */
static const struct ap_text *bytes_of(const struct ap_item *item, const struct ap_yaml *value, struct ap_string *string,
                                      const char *what)
{
    const struct ap_text *text = ap_string_text(item->l, string);

    if (text == NULL && !item->l->list->arena.failed)
        (void)ap_load_error(item->l, value->at,
                            "a value with wildcards cannot be encoded (%s): write \\* and \\? for the characters, and "
                            "'contains' after the encoding",
                            what);
    return text;
}

static bool encode(const struct ap_item *item, const struct ap_yaml *value, struct ap_strings *out,
                   struct ap_string *string, enum ap_transform transform)
{
    const struct ap_text *text = bytes_of(item, value, string, transform == AP_MAKE_BASE64 ? "base64" : "base64offset");
    struct ap_text encoded[3];
    size_t count = 1;

    if (text == NULL)
        return false;
    if (text->len < 2)
        return ap_load_error(item->l, value->at, "a value of fewer than two bytes cannot be looked for in base64");
    if (transform == AP_MAKE_BASE64) {
        if (!ap_encode_base64(item->l, encoded, text))
            return false;
    } else {
        count = 3;
        if (!ap_encode_base64_offset(item->l, encoded, text))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct ap_string one;

        if (!ap_string_plain(item->l, &one, encoded[i].text, encoded[i].len) || !ap_strings_add(item->l, out, &one))
            return false;
    }
    return true;
}

static bool widen(const struct ap_item *item, const struct ap_yaml *value, struct ap_strings *out,
                  struct ap_string *string, enum ap_transform transform)
{
    enum ap_wide wide = transform == AP_MAKE_WIDE_LE   ? AP_WIDE_LE
                        : transform == AP_MAKE_WIDE_BE ? AP_WIDE_BE
                                                       : AP_WIDE_BOM;
    const struct ap_text *text = bytes_of(item, value, string, "utf16");
    struct ap_text bytes;
    struct ap_string one;

    return text != NULL && ap_encode_wide(item->l, &bytes, text, wide) &&
           ap_string_plain(item->l, &one, bytes.text, bytes.len) && ap_strings_add(item->l, out, &one);
}

static bool encodes(const struct ap_modifiers *modifiers)
{
    for (size_t t = 0; t < modifiers->transform_count; t++)
        if (modifiers->transforms[t] == AP_MAKE_BASE64 || modifiers->transforms[t] == AP_MAKE_BASE64_OFFSET)
            return true;
    return false;
}

/* Of what is to be encoded, four dashes make 625 alternatives. */
enum { DASHES_MAX = 4 };

static bool dashes(const struct ap_item *item, const struct ap_yaml *value, struct ap_strings *out,
                   const struct ap_string *string)
{
    size_t count = ap_dashes_count(string);
    struct ap_string one;

    if (!encodes(&item->modifiers))
        return ap_dashes_mark(item->l, &one, string) && ap_strings_add(item->l, out, &one);
    if (count > DASHES_MAX)
        return ap_load_error(item->l, value->at,
                             "'windash' would make %zu dashes of this value into five each before they are encoded; %d "
                             "is the most",
                             count, DASHES_MAX);
    return ap_dashes_expand(item->l, out, string);
}

/* Where the name that starts after the '%' at text ends with one, or 0. */
static size_t name_len(const char *text, size_t len)
{
    size_t n = 1;

    while (n < len && (text[n] == '_' || (text[n] >= '0' && text[n] <= '9') || (text[n] >= 'A' && text[n] <= 'Z') ||
                       (text[n] >= 'a' && text[n] <= 'z')))
        n++;
    return n > 1 && n < len && text[n] == '%' ? n - 1 : 0;
}

/* `\%` is a percent sign, `%name%` a placeholder. */
static bool find_names(const struct ap_item *item, const struct ap_text *text, struct ap_string *out)
{
    struct ap_piece *pieces = out->pieces;
    char *to = ap_arena_bytes(&item->l->list->arena, text->len + 1);
    size_t from = 0, n = 0;

    if (to == NULL)
        return false;
    for (size_t i = 0; i <= text->len;) {
        size_t len = i < text->len && text->text[i] == '%' ? name_len(text->text + i, text->len - i) : 0;

        if (len > 0 || i == text->len) {
            if (n > from)
                pieces[out->count++] = (struct ap_piece){AP_PIECE_TEXT, {to + from, n - from}};
            from = n;
            if (len > 0) {
                pieces[out->count].kind = AP_PIECE_NAME;
                pieces[out->count].text.text = ap_arena_copy(&item->l->list->arena, text->text + i + 1, len);
                pieces[out->count++].text.len = len;
                i += len + 1;
            }
            i++;
            continue;
        }
        if (text->text[i] == '\\' && i + 1 < text->len && text->text[i + 1] == '%')
            i++;
        to[n++] = text->text[i++];
    }
    return !item->l->list->arena.failed;
}

static bool split_names(const struct ap_item *item, const struct ap_string *string, struct ap_string *out)
{
    size_t room = 1;

    for (size_t i = 0; i < string->count; i++)
        room += 1 + string->pieces[i].text.len;
    out->pieces = ap_arena_alloc(&item->l->list->arena, room, sizeof *out->pieces);
    out->count = 0;
    if (out->pieces == NULL)
        return false;
    for (size_t i = 0; i < string->count; i++) {
        if (string->pieces[i].kind != AP_PIECE_TEXT)
            out->pieces[out->count++] = string->pieces[i];
        else if (!find_names(item, &string->pieces[i].text, out))
            return false;
    }
    return true;
}

static bool too_many(const struct ap_item *item, const struct ap_yaml *value)
{
    return ap_load_error(item->l, value->at, "modifiers and placeholders make more than %d alternatives of this value",
                         AP_STRINGS_MAX);
}

/* Every placeholder from piece `from` on gets each of its values. */
static bool fill_names(const struct ap_item *item, const struct ap_yaml *value, struct ap_strings *out,
                       const struct ap_string *string, size_t from)
{
    const struct ap_yaml *values;
    size_t count;

    while (from < string->count && string->pieces[from].kind != AP_PIECE_NAME)
        from++;
    if (from == string->count)
        return out->count < AP_STRINGS_MAX ? ap_strings_add(item->l, out, string) : too_many(item, value);
    values = ap_active_values(item->active, &item->modifiers.field, string->pieces[from].text.text);
    if (values == NULL && item->l->trial)
        return ap_strings_add(item->l, out, string);
    if (values == NULL)
        return ap_load_error(item->l, value->at,
                             "nothing says what '%%%s%%' stands for: a pipeline's value_placeholders and vars would",
                             string->pieces[from].text.text);
    count = values->kind == AP_YAML_LIST ? values->count : 1;
    for (size_t i = 0; i < count; i++) {
        struct ap_string one = {NULL, string->count};

        one.pieces = ap_arena_alloc(&item->l->list->arena, string->count, sizeof *one.pieces);
        if (one.pieces == NULL)
            return false;
        memcpy(one.pieces, string->pieces, string->count * sizeof *one.pieces);
        one.pieces[from].kind = AP_PIECE_TEXT;
        one.pieces[from].text = values->kind == AP_YAML_LIST ? values->items[i]->text : values->text;
        if (!fill_names(item, value, out, &one, from + 1))
            return false;
    }
    return true;
}

static bool transform_one(const struct ap_item *item, const struct ap_yaml *value, struct ap_strings *out,
                          struct ap_string *string, enum ap_transform transform)
{
    struct ap_string split;

    switch (transform) {
    case AP_MAKE_OPEN_BOTH:
    case AP_MAKE_OPEN_END:
    case AP_MAKE_OPEN_FRONT:
        return ap_string_open(item->l, string, transform != AP_MAKE_OPEN_END, transform != AP_MAKE_OPEN_FRONT) &&
               ap_strings_add(item->l, out, string);
    case AP_MAKE_WIDE_LE:
    case AP_MAKE_WIDE_BE:
    case AP_MAKE_WIDE_BOM:
        return widen(item, value, out, string, transform);
    case AP_MAKE_BASE64:
    case AP_MAKE_BASE64_OFFSET:
        return encode(item, value, out, string, transform);
    case AP_MAKE_DASHES:
        return dashes(item, value, out, string);
    case AP_MAKE_VALUES:
        return split_names(item, string, &split) && fill_names(item, value, out, &split, 0);
    }
    return false;
}

bool ap_item_strings(const struct ap_item *item, const struct ap_yaml *value, struct ap_strings *out)
{
    struct ap_string first;

    memset(out, 0, sizeof *out);
    if (!ap_string_parse(item->l, &first, &value->text) || !ap_strings_add(item->l, out, &first))
        return false;
    /* A keyword is looked for within a value unless a modifier says where. */
    for (size_t t = 0; t < item->modifiers.transform_count; t++) {
        struct ap_strings next = {NULL, 0, 0};

        for (size_t i = 0; i < out->count; i++)
            if (!transform_one(item, value, &next, &out->list[i], item->modifiers.transforms[t]))
                return false;
        if (next.count > AP_STRINGS_MAX)
            return too_many(item, value);
        *out = next;
    }
    for (size_t i = 0; item->modifiers.field.text == NULL && !item->modifiers.opened && i < out->count; i++)
        if (!ap_string_open(item->l, &out->list[i], true, true))
            return false;
    return true;
}
