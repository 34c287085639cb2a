#include "literal.h"

#include <string.h>

#include "auditproof/utf8.h"
#include "fold.h"

enum { DEPTH_MAX = 32, RUN_MAX = 64 };

struct parser {
    const char *text;
    size_t len, at;
    bool caseless;
    bool lost; /* something that is not understood: nothing can be said */
    struct ap_arena *arena;
};

/* Consecutive characters of a branch that any match has. */
struct run {
    char text[RUN_MAX];
    size_t len;
};

enum atom_kind { ATOM_TEXT, ATOM_OTHER, ATOM_GROUP };

struct atom {
    enum atom_kind kind;
    struct ap_text text; /* ATOM_TEXT: one character, or an escaped one */
    struct ap_literals group;
};

static void alternation(struct parser *p, unsigned depth, struct ap_literals *out);

static bool more(const struct parser *p)
{
    return !p->lost && p->at < p->len;
}

static bool take(struct parser *p, char c)
{
    if (!more(p) || p->text[p->at] != c)
        return false;
    p->at++;
    return true;
}

/* A set is better when its shortest literal is longer, then when it has fewer. */
static void consider(struct ap_literals *best, const struct ap_literals *set)
{
    if (set->count == 0 || set->shortest < best->shortest)
        return;
    if (best->count == 0 || set->shortest > best->shortest || set->count < best->count)
        *best = *set;
}

/* The run ends here, for better or worse. */
static void flush(struct parser *p, struct run *run, struct ap_literals *best)
{
    struct ap_literals one = {.count = 1};
    char folded[AP_FOLD_ROOM(RUN_MAX)];
    size_t len;

    if (run->len == 0)
        return;
    len = ap_fold(folded, run->text, run->len);
    run->len = 0;
    if (best->count > 0 && len <= best->shortest)
        return;
    one.list[0].text = ap_arena_copy(p->arena, folded, len);
    one.list[0].len = len;
    one.shortest = len;
    if (one.list[0].text == NULL)
        p->lost = true;
    else
        consider(best, &one);
}

static void skip_to(struct parser *p, char c)
{
    while (more(p))
        if (p->text[p->at++] == c)
            return;
    p->lost = true;
}

/* After "\x": braces, or up to two digits. */
static void skip_hex(struct parser *p)
{
    if (take(p, '{')) {
        skip_to(p, '}');
        return;
    }
    for (int i = 0; i < 2 && more(p) && strchr("0123456789abcdefABCDEF", p->text[p->at]) != NULL; i++)
        p->at++;
}

/* After "\p". */
static void skip_property(struct parser *p)
{
    if (take(p, '{'))
        skip_to(p, '}');
    else if (more(p))
        p->at++;
    else
        p->lost = true;
}

static void character(struct parser *p, struct atom *atom)
{
    size_t len = ap_utf8_char(p->text + p->at, p->len - p->at);

    if (len == 0) {
        p->lost = true;
        return;
    }
    /* What else a caseless character matches is only beyond doubt in ASCII. */
    atom->kind = len > 1 && p->caseless ? ATOM_OTHER : ATOM_TEXT;
    atom->text.text = p->text + p->at;
    atom->text.len = len;
    p->at += len;
}

static void escape(struct parser *p, struct atom *atom)
{
    static const char controls[] = "tnrfea", values[] = "\t\n\r\f\033\a";
    const char *control;
    char c;

    if (!more(p)) {
        p->lost = true;
        return;
    }
    c = p->text[p->at];
    control = c != '\0' ? strchr(controls, c) : NULL;
    if ((c & 0x80) != 0 || strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ", c) != NULL) {
        if (c == '\0')
            p->lost = true;
        else
            character(p, atom);
        return;
    }
    p->at++;
    if (control != NULL) {
        atom->kind = ATOM_TEXT;
        atom->text.text = &values[control - controls];
        atom->text.len = 1;
    } else if (c == 'x') {
        skip_hex(p);
    } else if (c == 'p' || c == 'P') {
        skip_property(p);
    } else if (strchr("dDwWsSbBAzZhHvVR", c) == NULL) {
        p->lost = true;
    }
}

/* After '['. */
static void class(struct parser *p)
{
    (void)take(p, '^');
    (void)take(p, ']');
    while (more(p)) {
        char c = p->text[p->at++];

        if (c == ']')
            return;
        if (c == '\\' && more(p)) {
            if (p->text[p->at] == 'Q' || p->text[p->at] == 'E')
                break;
            p->at++;
        } else if (c == '[' && more(p) && strchr(":.=", p->text[p->at]) != NULL) {
            break;
        }
    }
    p->lost = true;
}

/* After "(?" : flags up to ')' or ':'. True when a group follows. */
static bool flags(struct parser *p)
{
    while (more(p)) {
        char c = p->text[p->at++];

        if (c == ':')
            return true;
        if (c == ')')
            return false;
        if (c == 'i')
            p->caseless = true;
        else if (c == '\0' || strchr("msnJU^-", c) == NULL)
            break;
    }
    p->lost = true;
    return false;
}

/* After '(': true when what is inside a group follows. */
static bool group_opens(struct parser *p)
{
    if (!take(p, '?')) {
        if (more(p) && p->text[p->at] == '*')
            p->lost = true;
        return true;
    }
    if (take(p, '>'))
        return true;
    if (take(p, 'P') && (!more(p) || p->text[p->at] != '<')) {
        p->lost = true;
        return false;
    }
    if (take(p, '<')) {
        if (more(p) && (p->text[p->at] == '=' || p->text[p->at] == '!'))
            p->lost = true;
        skip_to(p, '>');
        return true;
    }
    return flags(p);
}

static void group(struct parser *p, unsigned depth, struct atom *atom)
{
    if (depth >= DEPTH_MAX) {
        p->lost = true;
        return;
    }
    if (!group_opens(p) || p->lost)
        return;
    atom->kind = ATOM_GROUP;
    alternation(p, depth + 1, &atom->group);
    if (!take(p, ')'))
        p->lost = true;
}

static void next_atom(struct parser *p, unsigned depth, struct atom *atom)
{
    char c = p->text[p->at];

    memset(atom, 0, sizeof *atom);
    atom->kind = ATOM_OTHER;
    if (c == '\0' || strchr("\\[(.^$*+?", c) == NULL) {
        character(p, atom);
        return;
    }
    p->at++;
    if (c == '\\')
        escape(p, atom);
    else if (c == '[')
        class(p);
    else if (c == '(')
        group(p, depth, atom);
    else if (c != '.' && c != '^' && c != '$')
        p->lost = true;
}

/* "{2}", "{2,}", "{0,3}": false, and nothing taken, when it is none. *least: 0 or 1 for any more. */
static bool counted(struct parser *p, unsigned *least)
{
    size_t at = p->at + 1, digits = 0;

    if (!more(p) || p->text[p->at] != '{')
        return false;
    *least = 0;
    for (; at < p->len && p->text[at] >= '0' && p->text[at] <= '9'; at++, digits++)
        *least = *least != 0 || p->text[at] != '0';
    if (digits == 0) {
        /* Some engines and later PCRE2s read {,3} as a quantifier. */
        *least = 0;
        if (at >= p->len || p->text[at] != ',')
            return false;
        p->lost = true;
        return true;
    }
    if (at < p->len && p->text[at] == ',')
        for (at++; at < p->len && p->text[at] >= '0' && p->text[at] <= '9';)
            at++;
    if (at >= p->len || p->text[at] != '}')
        return false;
    p->at = at + 1;
    return true;
}

/* Quantifiers, if any: true when there are; *least is 0 when the atom may be absent. */
static bool quantified(struct parser *p, unsigned *least)
{
    bool any = false;
    unsigned least_here;

    *least = 1;
    for (;;) {
        if (take(p, '*') || take(p, '?'))
            least_here = 0;
        else if (take(p, '+'))
            least_here = 1;
        else if (!counted(p, &least_here))
            return any;
        any = true;
        *least = *least != 0 && least_here != 0;
        if (!take(p, '?'))
            (void)take(p, '+');
    }
}

static void add_text(struct parser *p, struct run *run, const struct atom *atom, struct ap_literals *best)
{
    if (atom->text.len > RUN_MAX - run->len)
        flush(p, run, best);
    memcpy(run->text + run->len, atom->text.text, atom->text.len);
    run->len += atom->text.len;
}

static void branch(struct parser *p, unsigned depth, struct ap_literals *best)
{
    struct run run = {.len = 0};
    struct atom atom;

    memset(best, 0, sizeof *best);
    while (more(p) && p->text[p->at] != '|' && p->text[p->at] != ')') {
        unsigned least;
        bool repeats;

        next_atom(p, depth, &atom);
        repeats = quantified(p, &least);
        if (p->lost)
            return;
        if (atom.kind == ATOM_TEXT && least > 0)
            add_text(p, &run, &atom, best);
        if (atom.kind != ATOM_TEXT || repeats)
            flush(p, &run, best);
        /* Of "ab+c", the last b stands beside the c. */
        if (atom.kind == ATOM_TEXT && repeats && least > 0)
            add_text(p, &run, &atom, best);
        if (atom.kind == ATOM_GROUP && least > 0)
            consider(best, &atom.group);
    }
    flush(p, &run, best);
}

/* One literal of each branch; nothing, when a branch has none. */
static void alternation(struct parser *p, unsigned depth, struct ap_literals *out)
{
    struct ap_literals one;
    bool known = true;

    memset(out, 0, sizeof *out);
    do {
        branch(p, depth, &one);
        if (p->lost)
            return;
        known = known && one.count > 0 && one.count <= AP_LITERALS_MAX - out->count;
        if (!known)
            continue;
        if (out->count == 0 || one.shortest < out->shortest)
            out->shortest = one.shortest;
        memcpy(out->list + out->count, one.list, one.count * sizeof *one.list);
        out->count += one.count;
    } while (take(p, '|'));
    if (!known)
        memset(out, 0, sizeof *out);
}

enum ap_status ap_literals_find(struct ap_literals *out, const struct ap_test *test, struct ap_arena *arena,
                                struct ap_error *err)
{
    struct parser p = {.text = test->regex.text, .len = test->regex.len, .caseless = test->caseless, .arena = arena};

    alternation(&p, 0, out);
    if (p.lost || p.at < p.len)
        memset(out, 0, sizeof *out);
    return ap_arena_check(arena, "the literals of a regular expression", err);
}
