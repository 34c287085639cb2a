#include <string.h>

#include "yaml_build.h"

/* The lines from one "---" to the next: a mistake in one document must not reach into another. */
struct segment {
    const char *text;
    size_t len;
    uint32_t lines; /* before it */
};

/* Bytes of the line break at text, as YAML 1.1 and libyaml's line numbers have it, or 0. */
static size_t line_break(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    if (p[0] == '\r')
        return len > 1 && p[1] == '\n' ? 2 : 1;
    if (p[0] == '\n')
        return 1;
    if (p[0] == 0xC2 && len > 1 && p[1] == 0x85)
        return 2;
    return p[0] == 0xE2 && len > 2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9) ? 3 : 0;
}

/* Bytes of the line at text with its break. */
static size_t line_len(const char *text, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        size_t n = line_break(text + at, len - at);

        if (n > 0)
            return at + n;
    }
    return len;
}

static bool is_marker(const char *line, size_t len, const char *marker)
{
    return len >= 3 && memcmp(line, marker, 3) == 0 && (len == 3 || strchr(" \t\r\n", line[3]) != NULL);
}

/* Nothing on it that could belong to a document: what stands before a "---" with only such lines goes with it. */
static bool is_prelude(const char *line, size_t len)
{
    size_t at = 0;

    if (line[0] == '%')
        return true;
    while (at < len && strchr(" \t\r\n", line[at]) != NULL)
        at++;
    return at == len || line[at] == '#';
}

static struct segment next_segment(const struct segment *rest)
{
    struct segment segment = {rest->text, 0, rest->lines};
    bool content = false;

    while (segment.len < rest->len) {
        const char *line = segment.text + segment.len;
        size_t len = line_len(line, rest->len - segment.len);

        if (content && is_marker(line, len, "---"))
            break;
        content = content || !is_prelude(line, len);
        segment.len += len;
    }
    return segment;
}

static uint32_t count_lines(const char *text, size_t len)
{
    uint32_t lines = 0;

    for (size_t at = 0, n; at < len; at += n) {
        n = line_len(text + at, len - at);
        lines += line_break(text + at + n - 1, 1) > 0 || (n > 1 && line_break(text + at + n - 2, 2) == 2) ||
                 (n > 2 && line_break(text + at + n - 3, 3) == 3);
    }
    return lines;
}

/* The text of a document: the lines from its first node to before what ends it, without the white space at the end. */
static struct ap_text text_of(const struct segment *segment, uint32_t first, uint32_t end)
{
    struct ap_text text = {segment->text, 0};
    uint32_t number = segment->lines + 1;
    size_t at = 0, from = 0;

    for (; at < segment->len; number++) {
        size_t len = line_len(segment->text + at, segment->len - at);

        if (number == first)
            from = at;
        if (number >= end && (is_marker(segment->text + at, len, "...") || number > end))
            break;
        at += len;
    }
    while (at > from && strchr(" \t\r\n", segment->text[at - 1]) != NULL)
        at--;
    text.text += from;
    text.len = at - from;
    return text;
}

static struct ap_mark place_of(const struct segment *segment, size_t offset)
{
    struct ap_mark at = {segment->lines + 1, 1};

    for (size_t i = 0; i < offset && i < segment->len;) {
        size_t n = line_break(segment->text + i, segment->len - i);

        if (n > 0) {
            at.line++;
            at.column = 1;
            i += n;
        } else {
            /* Bytes that continue a character are no column of their own. */
            i++;
            at.column += i < segment->len && ((unsigned char)segment->text[i] & 0xC0U) != 0x80U;
        }
    }
    return at;
}

static void set_problem(struct ap_yaml_builder *b, const yaml_parser_t *parser, const struct segment *segment)
{
    struct ap_yaml_problem *problem = &b->problem;
    const char *what = parser->problem == NULL ? "it is no YAML" : parser->problem;

    if (parser->error == YAML_READER_ERROR) {
        problem->at = place_of(segment, parser->problem_offset);
        (void)snprintf(problem->message, sizeof problem->message, "the file is not UTF-8 text: %s", what);
        return;
    }
    problem->at.line = segment->lines + (uint32_t)parser->problem_mark.line + 1;
    problem->at.column = (uint32_t)parser->problem_mark.column + 1;
    if (parser->context != NULL)
        (void)snprintf(problem->message, sizeof problem->message, "this is not YAML: %s (%s from line %lu on)", what,
                       parser->context, (unsigned long)segment->lines + parser->context_mark.line + 1);
    else
        (void)snprintf(problem->message, sizeof problem->message, "this is not YAML: %s", what);
}

/* The parser's next document. False after the last, and after one that is wrong. */
static bool next_document(struct ap_yaml_builder *b, yaml_parser_t *parser, const struct segment *segment,
                          ap_yaml_fn *fn, void *context)
{
    struct ap_yaml_document document = {NULL, {"", 0}, NULL};
    yaml_event_type_t type;
    yaml_event_t event;
    bool good;

    ap_yaml_builder_reset(b);
    do {
        if (!yaml_parser_parse(parser, &event)) {
            if (parser->error == YAML_MEMORY_ERROR)
                b->arena->failed = true;
            set_problem(b, parser, segment);
            break;
        }
        type = event.type;
        good = ap_yaml_builder_take(b, &event);
        if (type == YAML_DOCUMENT_END_EVENT && b->root != NULL) {
            document.root = b->root;
            document.text = text_of(segment, b->root->at.line, segment->lines + (uint32_t)event.start_mark.line + 1);
        }
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT)
            return false;
    } while (good && type != YAML_DOCUMENT_END_EVENT);
    if (b->arena->failed)
        return false;
    if (document.root == NULL)
        document.problem = &b->problem;
    fn(context, &document);
    return document.root != NULL;
}

static bool read_segment(struct ap_yaml_builder *b, const struct segment *segment, ap_yaml_fn *fn, void *context)
{
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser)) {
        b->arena->failed = true;
        return false;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)segment->text, segment->len);
    b->lines = segment->lines;
    while (next_document(b, &parser, segment, fn, context))
        continue;
    yaml_parser_delete(&parser);
    return !b->arena->failed;
}

enum ap_status ap_yaml_read(struct ap_arena *arena, const char *text, size_t len, ap_yaml_fn *fn, void *context,
                            struct ap_error *err)
{
    struct segment rest = {text, len, 0};
    struct ap_yaml_builder builder;

    ap_yaml_builder_init(&builder, arena);
    while (rest.len > 0) {
        struct segment segment = next_segment(&rest);

        if (!read_segment(&builder, &segment, fn, context))
            break;
        rest.lines += count_lines(segment.text, segment.len);
        rest.text += segment.len;
        rest.len -= segment.len;
    }
    ap_yaml_builder_free(&builder);
    return ap_arena_check(arena, "a rule file", err);
}
