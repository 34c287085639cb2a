#include "modifier.h"

#include <string.h>

enum role { TRANSFORM, COMPARE, PART, REGEX_FLAG, FLAG, REGEX, CIDR, EXISTS, FIELDREF };
enum flag { FLAG_ALL, FLAG_CASED, FLAG_NEQ };
enum regex_flag { CASELESS, MULTILINE, DOTALL };

struct modifier {
    const char *name;
    enum role role;
    int what; /* enum ap_transform, ap_compare, ap_part, flag or regex_flag, as the role has it */
};

/* Sigma 2.1, appendix of modifiers; audit-rules(5), MODIFIERS. */
static const struct modifier modifiers[] = {
    {"contains", TRANSFORM, AP_MAKE_OPEN_BOTH},
    {"startswith", TRANSFORM, AP_MAKE_OPEN_END},
    {"endswith", TRANSFORM, AP_MAKE_OPEN_FRONT},
    {"all", FLAG, FLAG_ALL},
    {"cased", FLAG, FLAG_CASED},
    {"neq", FLAG, FLAG_NEQ},
    {"re", REGEX, 0},
    {"i", REGEX_FLAG, CASELESS},
    {"ignorecase", REGEX_FLAG, CASELESS},
    {"m", REGEX_FLAG, MULTILINE},
    {"multiline", REGEX_FLAG, MULTILINE},
    {"s", REGEX_FLAG, DOTALL},
    {"dotall", REGEX_FLAG, DOTALL},
    {"base64", TRANSFORM, AP_MAKE_BASE64},
    {"base64offset", TRANSFORM, AP_MAKE_BASE64_OFFSET},
    {"wide", TRANSFORM, AP_MAKE_WIDE_LE},
    {"utf16le", TRANSFORM, AP_MAKE_WIDE_LE},
    {"utf16be", TRANSFORM, AP_MAKE_WIDE_BE},
    {"utf16", TRANSFORM, AP_MAKE_WIDE_BOM},
    {"windash", TRANSFORM, AP_MAKE_DASHES},
    {"expand", TRANSFORM, AP_MAKE_VALUES},
    {"cidr", CIDR, 0},
    {"lt", COMPARE, AP_COMPARE_LT},
    {"lte", COMPARE, AP_COMPARE_LTE},
    {"gt", COMPARE, AP_COMPARE_GT},
    {"gte", COMPARE, AP_COMPARE_GTE},
    {"exists", EXISTS, 0},
    {"fieldref", FIELDREF, 0},
    {"minute", PART, AP_PART_MINUTE},
    {"hour", PART, AP_PART_HOUR},
    {"day", PART, AP_PART_DAY},
    {"week", PART, AP_PART_WEEK},
    {"month", PART, AP_PART_MONTH},
    {"year", PART, AP_PART_YEAR},
};

enum { MODIFIER_COUNT = sizeof modifiers / sizeof modifiers[0] };

/* The modifiers of one key, in order. */
struct chain {
    struct ap_loader *l;
    const struct ap_yaml *key;
    const struct modifier *list[AP_MODIFIERS_MAX];
    struct ap_mark at[AP_MODIFIERS_MAX];
    size_t count;
};

static bool unknown(struct ap_loader *l, const struct ap_text *name, struct ap_mark at)
{
    const char *names[MODIFIER_COUNT + 1];

    if (name->len == 0)
        return ap_load_error(l, at, "there is no modifier after '|'");
    for (size_t i = 0; i < MODIFIER_COUNT; i++)
        names[i] = modifiers[i].name;
    names[MODIFIER_COUNT] = NULL;
    return ap_load_error(l, at, "unknown modifier '%.40s'%s", name->text, ap_load_hint(l, name->text, names));
}

static bool add_modifier(struct chain *chain, const struct ap_text *name, struct ap_mark at)
{
    size_t i = 0;

    while (i < MODIFIER_COUNT && strcmp(modifiers[i].name, name->text) != 0)
        i++;
    if (i == MODIFIER_COUNT)
        return unknown(chain->l, name, at);
    for (size_t c = 0; c < chain->count; c++)
        if (chain->list[c]->role == modifiers[i].role && chain->list[c]->what == modifiers[i].what)
            return ap_load_error(chain->l, at, "modifier '%s' is given twice", name->text);
    if (chain->count == AP_MODIFIERS_MAX)
        return ap_load_error(chain->l, at, "a field has more than %d modifiers", AP_MODIFIERS_MAX);
    chain->list[chain->count] = &modifiers[i];
    chain->at[chain->count++] = at;
    return true;
}

static bool split(struct chain *chain, struct ap_text *field)
{
    const struct ap_text *key = &chain->key->text;
    const char *bar = memchr(key->text, '|', key->len);
    bool good = true;

    field->len = bar == NULL ? key->len : (size_t)(bar - key->text);
    field->text = field->len == 0 ? NULL : ap_arena_copy(&chain->l->list->arena, key->text, field->len);
    while (bar != NULL) {
        size_t from = (size_t)(bar - key->text) + 1;
        const char *next = memchr(bar + 1, '|', key->len - from);
        size_t len = next == NULL ? key->len - from : (size_t)(next - bar) - 1;
        const char *copy = ap_arena_copy(&chain->l->list->arena, bar + 1, len);
        struct ap_text name = {copy, len};

        if (copy == NULL)
            return false;
        good = add_modifier(chain, &name, ap_yaml_mark(chain->key, from)) && good;
        bar = next;
    }
    return good;
}

/* The place of the first modifier of a role, or SIZE_MAX. */
static size_t find(const struct chain *chain, enum role role)
{
    for (size_t i = 0; i < chain->count; i++)
        if (chain->list[i]->role == role)
            return i;
    return SIZE_MAX;
}

static bool is_wide(const struct modifier *modifier)
{
    return modifier->role == TRANSFORM && modifier->what >= AP_MAKE_WIDE_LE && modifier->what <= AP_MAKE_WIDE_BOM;
}

static bool is_base64(const struct modifier *modifier)
{
    return modifier->role == TRANSFORM && (modifier->what == AP_MAKE_BASE64 || modifier->what == AP_MAKE_BASE64_OFFSET);
}

static bool is_open(const struct modifier *modifier)
{
    return modifier->role == TRANSFORM && modifier->what <= AP_MAKE_OPEN_FRONT;
}

/* `re`, `cidr`, comparisons, `exists`, `fieldref` and parts of times ask something of their own of a value. */
static bool check_form(const struct chain *chain, size_t form)
{
    const struct modifier *asks = chain->list[form];

    for (size_t i = 0; i < chain->count; i++) {
        const struct modifier *other = chain->list[i];
        bool fits = i == form || (other->role == FLAG && (other->what == FLAG_ALL || other->what == FLAG_NEQ));

        if (asks->role == REGEX && other->role == REGEX_FLAG && i > form)
            fits = true;
        if (asks->role == FIELDREF && (is_open(other) || (other->role == FLAG && other->what == FLAG_CASED)))
            fits = true;
        if ((asks->role == COMPARE && other->role == PART && i < form) ||
            (asks->role == PART && other->role == COMPARE))
            fits = true;
        if (asks->role == EXISTS)
            fits = i == form;
        if (fits)
            continue;
        if ((asks->role == REGEX || asks->role == CIDR) && other->role == TRANSFORM && i < form)
            return ap_load_error(chain->l, chain->at[form], "'%s' must come first: it takes its value as it is written",
                                 asks->name);
        return ap_load_error(chain->l, chain->at[i > form ? i : form], "modifiers '%s' and '%s' do not go together",
                             chain->list[i < form ? i : form]->name, chain->list[i < form ? form : i]->name);
    }
    return true;
}

static bool check_encodings(const struct chain *chain)
{
    size_t wide = SIZE_MAX, base64 = SIZE_MAX;

    for (size_t i = 0; i < chain->count; i++) {
        const struct modifier *one = chain->list[i];

        if (one->role == TRANSFORM && base64 != SIZE_MAX && !is_open(one))
            return ap_load_error(chain->l, chain->at[i], "'%s' must come before '%s'", one->name,
                                 chain->list[base64]->name);
        if (is_base64(one))
            base64 = i;
        if (wide != SIZE_MAX && wide + 1 == i && !is_base64(one))
            return ap_load_error(chain->l, chain->at[wide], "'%s' must be followed by 'base64' or 'base64offset'",
                                 chain->list[wide]->name);
        if (is_wide(one))
            wide = i;
    }
    if (wide != SIZE_MAX && wide + 1 == chain->count)
        return ap_load_error(chain->l, chain->at[wide], "'%s' must be followed by 'base64' or 'base64offset'",
                             chain->list[wide]->name);
    return true;
}

static bool check(const struct chain *chain)
{
    static const enum role forms[] = {REGEX, CIDR, EXISTS, FIELDREF, COMPARE, PART};
    size_t flag = find(chain, REGEX_FLAG), regex = find(chain, REGEX), compare = find(chain, COMPARE);

    if (flag != SIZE_MAX && (regex == SIZE_MAX || regex > flag))
        return ap_load_error(chain->l, chain->at[flag], "'%s' is a flag of 're' and comes after it",
                             chain->list[flag]->name);
    for (size_t i = 0; compare != SIZE_MAX && i < chain->count; i++)
        if (i != compare && chain->list[i]->role == COMPARE)
            return ap_load_error(chain->l, chain->at[i], "modifiers '%s' and '%s' do not go together",
                                 chain->list[compare]->name, chain->list[i]->name);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (find(chain, forms[i]) != SIZE_MAX)
            return check_form(chain, find(chain, forms[i]));
    return check_encodings(chain);
}

static void apply(struct ap_modifiers *out, const struct modifier *modifier)
{
    switch (modifier->role) {
    case TRANSFORM:
        out->transforms[out->transform_count++] = (enum ap_transform)modifier->what;
        out->opened = out->opened || is_open(modifier);
        break;
    case COMPARE:
        out->form = AP_FORM_COMPARE;
        out->compare = (enum ap_compare)modifier->what;
        break;
    case PART:
        out->form = AP_FORM_COMPARE;
        out->part = (enum ap_part)modifier->what;
        break;
    case REGEX_FLAG:
        out->caseless = out->caseless || modifier->what == CASELESS;
        out->multiline = out->multiline || modifier->what == MULTILINE;
        out->dotall = out->dotall || modifier->what == DOTALL;
        break;
    case FLAG:
        out->all = out->all || modifier->what == FLAG_ALL;
        out->cased = out->cased || modifier->what == FLAG_CASED;
        out->neq = out->neq || modifier->what == FLAG_NEQ;
        break;
    case REGEX:
        out->form = AP_FORM_REGEX;
        break;
    case CIDR:
        out->form = AP_FORM_CIDR;
        break;
    case EXISTS:
        out->form = AP_FORM_EXISTS;
        break;
    case FIELDREF:
        out->form = AP_FORM_FIELD;
        break;
    }
}

bool ap_modifiers_read(struct ap_loader *l, const struct ap_yaml *key, struct ap_modifiers *out)
{
    struct chain chain;

    memset(out, 0, sizeof *out);
    if (key == NULL)
        return true;
    memset(&chain, 0, sizeof chain);
    chain.l = l;
    chain.key = key;
    if (!split(&chain, &out->field) || !check(&chain))
        return false;
    for (size_t i = 0; i < chain.count; i++)
        apply(out, chain.list[i]);
    if (out->field.text == NULL && out->form != AP_FORM_VALUE && out->form != AP_FORM_REGEX)
        return ap_load_error(l, key->at, "'%.60s' needs a field before '|': keywords take strings and 're' only",
                             key->text.text);
    return true;
}
