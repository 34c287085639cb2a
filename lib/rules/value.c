#include "value.h"

#include <string.h>

#include "fold.h"

bool ap_strings_add(struct ap_loader *l, struct ap_strings *strings, const struct ap_string *string)
{
    struct ap_string *list;

    if (strings->count == strings->cap) {
        size_t cap = strings->cap == 0 ? 4 : strings->cap * 2;

        list = ap_arena_alloc(&l->list->arena, cap, sizeof *list);
        if (list == NULL)
            return false;
        if (strings->count > 0)
            memcpy(list, strings->list, strings->count * sizeof *list);
        strings->list = list;
        strings->cap = cap;
    }
    strings->list[strings->count++] = *string;
    return true;
}

/* What the backslash at text stands for: a character that it makes literal, or itself. Returns the bytes it takes. */
static size_t escape(const char *text, size_t len, char *out)
{
    if (len > 1 && strchr("*?\\", text[1]) != NULL && text[1] != '\0') {
        *out = text[1];
        return 2;
    }
    *out = '\\';
    return 1;
}

bool ap_string_parse(struct ap_loader *l, struct ap_string *out, const struct ap_text *text)
{
    struct ap_piece *pieces;
    size_t count = 1, n = 0;
    char *to;

    for (size_t i = 0; i < text->len; i++)
        count += text->text[i] == '*' || text->text[i] == '?' ? 2 : 0;
    pieces = ap_arena_alloc(&l->list->arena, count, sizeof *pieces);
    to = ap_arena_bytes(&l->list->arena, text->len + 1);
    if (pieces == NULL || to == NULL)
        return false;
    out->pieces = pieces;
    out->count = 0;
    for (size_t i = 0; i < text->len;) {
        char c = text->text[i];

        if (c == '*' || c == '?') {
            pieces[out->count++].kind = c == '*' ? AP_PIECE_RUN : AP_PIECE_ONE;
            i++;
            continue;
        }
        pieces[out->count].kind = AP_PIECE_TEXT;
        pieces[out->count].text.text = to + n;
        while (i < text->len && text->text[i] != '*' && text->text[i] != '?') {
            if (text->text[i] == '\\')
                i += escape(text->text + i, text->len - i, to + n++);
            else
                to[n++] = text->text[i++];
        }
        pieces[out->count].text.len = (size_t)(to + n - pieces[out->count].text.text);
        out->count++;
    }
    return true;
}

bool ap_string_plain(struct ap_loader *l, struct ap_string *out, const char *text, size_t len)
{
    out->count = len > 0;
    out->pieces = ap_arena_alloc(&l->list->arena, 1, sizeof *out->pieces);
    if (out->pieces == NULL)
        return false;
    out->pieces[0].kind = AP_PIECE_TEXT;
    out->pieces[0].text.text = ap_arena_copy(&l->list->arena, text, len);
    out->pieces[0].text.len = len;
    return out->pieces[0].text.text != NULL;
}

bool ap_string_open(struct ap_loader *l, struct ap_string *string, bool before, bool after)
{
    struct ap_piece *pieces = ap_arena_alloc(&l->list->arena, string->count + 2, sizeof *pieces);
    size_t n = 0;

    if (pieces == NULL)
        return false;
    if (before && (string->count == 0 || string->pieces[0].kind != AP_PIECE_RUN))
        pieces[n++].kind = AP_PIECE_RUN;
    if (string->count > 0)
        memcpy(pieces + n, string->pieces, string->count * sizeof *pieces);
    n += string->count;
    if (after && (n == 0 || pieces[n - 1].kind != AP_PIECE_RUN))
        pieces[n++].kind = AP_PIECE_RUN;
    string->pieces = pieces;
    string->count = n;
    return true;
}

/* Pieces of text from one on, joined. */
static bool join_texts(struct ap_loader *l, const struct ap_string *string, size_t *from, struct ap_text *out)
{
    size_t len = 0, end = *from;
    char *text;

    for (; end < string->count && string->pieces[end].kind == AP_PIECE_TEXT; end++)
        len += string->pieces[end].text.len;
    text = ap_arena_bytes(&l->list->arena, len + 1);
    if (text == NULL)
        return false;
    out->text = text;
    out->len = len;
    for (; *from < end; ++*from) {
        const struct ap_text *part = &string->pieces[*from].text;

        if (part->len > 0)
            memcpy(text, part->text, part->len);
        text += part->len;
    }
    *text = '\0';
    return true;
}

const struct ap_text *ap_string_text(struct ap_loader *l, const struct ap_string *string)
{
    struct ap_text *text = ap_arena_alloc(&l->list->arena, 1, sizeof *text);
    size_t from = 0;

    if (text == NULL || !join_texts(l, string, &from, text) || from < string->count)
        return NULL;
    return text;
}

static bool fold(struct ap_loader *l, struct ap_text *text)
{
    char *folded = ap_arena_bytes(&l->list->arena, AP_FOLD_ROOM(text->len) + 1);

    if (folded == NULL)
        return false;
    text->len = ap_fold(folded, text->text, text->len);
    folded[text->len] = '\0';
    text->text = folded;
    return true;
}

bool ap_string_pattern(struct ap_loader *l, const struct ap_string *string, bool cased, struct ap_pattern *out)
{
    struct ap_step *steps = ap_arena_alloc(&l->list->arena, string->count + 1, sizeof *steps);
    size_t n = 0;

    if (steps == NULL)
        return false;
    for (size_t i = 0; i < string->count;) {
        bool run = false;

        if (string->pieces[i].kind == AP_PIECE_TEXT) {
            struct ap_text text;

            if (!join_texts(l, string, &i, &text) || (!cased && !fold(l, &text)))
                return false;
            if (text.len == 0)
                continue;
            steps[n].kind = AP_STEP_TEXT;
            steps[n++].text = text;
            continue;
        }
        for (; i < string->count && string->pieces[i].kind == AP_PIECE_DASH; i++)
            steps[n++].kind = AP_STEP_DASH;
        for (; i < string->count && string->pieces[i].kind != AP_PIECE_TEXT && string->pieces[i].kind != AP_PIECE_DASH;
             i++) {
            if (string->pieces[i].kind == AP_PIECE_ONE)
                steps[n++].kind = AP_STEP_ONE;
            else
                run = true;
        }
        if (run)
            steps[n++].kind = AP_STEP_RUN;
    }
    out->steps = steps;
    out->count = n;
    return true;
}
