#include "wrap.h"

#include <string.h>

/* How far `text` goes in so many columns. */
struct reach {
    size_t left; /* of the text, after it */
    unsigned width;
};

/* Between words it is best, so that an identifier stays whole where it has room; within words it is better than
 * anywhere. */
static bool ends_word(const struct ap_display_char *c)
{
    return c->len == 1 && strchr(" /", c->text[0]) != NULL;
}

static bool may_break(const struct ap_display_char *c)
{
    return c->len == 1 && strchr(" /.@-_,:", c->text[0]) != NULL;
}

/* True if all of it fits; *break_at is after the best place to break, if there is one far enough on. */
static bool find_reach(struct ap_display text, unsigned columns, struct reach *all, struct reach *break_at)
{
    struct ap_display_char c;
    struct ap_display before = text;
    bool word = false;
    unsigned width = 0;

    *break_at = (struct reach){.left = text.left};
    while (ap_display_next(&text, &c)) {
        /* A character that is wider than the room stands alone. */
        if (width + c.width > columns && before.left != 0 && width > 0) {
            *all = (struct reach){before.left, width};
            return false;
        }
        width += c.width;
        if (ends_word(&c) ? width > columns / 4 : !word && width > columns / 2 && may_break(&c)) {
            *break_at = (struct reach){text.left, width};
            word = ends_word(&c);
        }
        before = text;
    }
    *all = (struct reach){0, width};
    return true;
}

unsigned wrap_line(struct ap_buf *out, struct ap_display *text, unsigned columns, bool last)
{
    struct reach all, break_at;
    struct ap_display_char c;
    bool fits = find_reach(*text, columns, &all, &break_at);

    if (!fits && last)
        (void)find_reach(*text, columns - 1, &all, &break_at);
    /* A character, or an escape, that takes all the room leaves none for the ellipsis. */
    if (!fits && last && all.width >= columns)
        all = (struct reach){text->left, 0};
    if (!fits && !last && break_at.width > 0)
        all = break_at;
    while (text->left > all.left && ap_display_next(text, &c))
        ap_buf_add(out, c.text, c.len);
    if (!fits && last) {
        ap_buf_adds(out, "\xe2\x80\xa6");
        return all.width + 1;
    }
    return all.width;
}
