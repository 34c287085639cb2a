/*
 * A string value on its way from a rule file to patterns: text, wildcards and placeholders, worked on by one modifier
 * after the other. A modifier may make several of one; any of them may match.
 */
#ifndef AUDITPROOF_RULES_VALUE_H
#define AUDITPROOF_RULES_VALUE_H

#include "loader.h"

enum ap_piece_kind { AP_PIECE_TEXT, AP_PIECE_ONE, AP_PIECE_DASH, AP_PIECE_RUN, AP_PIECE_NAME };

struct ap_piece {
    enum ap_piece_kind kind;
    struct ap_text text; /* of AP_PIECE_TEXT; AP_PIECE_NAME: the placeholder's name */
};

struct ap_string {
    struct ap_piece *pieces;
    size_t count;
};

struct ap_strings {
    struct ap_string *list;
    size_t count, cap;
};

/* Alternatives that one value may become. */
enum { AP_STRINGS_MAX = 4096 };

bool ap_strings_add(struct ap_loader *l, struct ap_strings *strings, const struct ap_string *string);

/* With `*`, `?` and `\` as Sigma has them (one pass, from left to right), or all of it as text. */
bool ap_string_parse(struct ap_loader *l, struct ap_string *out, const struct ap_text *text);
bool ap_string_plain(struct ap_loader *l, struct ap_string *out, const char *text, size_t len);

/* `*` before and after, where there is none. */
bool ap_string_open(struct ap_loader *l, struct ap_string *string, bool before, bool after);

/* The text when there is nothing but text in it; else NULL. */
const struct ap_text *ap_string_text(struct ap_loader *l, const struct ap_string *string);

/* The pattern that it stands for, folded unless cased. It has no placeholders any more. */
bool ap_string_pattern(struct ap_loader *l, const struct ap_string *string, bool cased, struct ap_pattern *out);

/* value_encode.c: what the modifiers of those names do to bytes. */
enum ap_wide { AP_WIDE_LE, AP_WIDE_BE, AP_WIDE_BOM };
bool ap_encode_wide(struct ap_loader *l, struct ap_text *out, const struct ap_text *text, enum ap_wide wide);
bool ap_encode_base64(struct ap_loader *l, struct ap_text *out, const struct ap_text *text);
bool ap_encode_base64_offset(struct ap_loader *l, struct ap_text out[3], const struct ap_text *text);

/*
 * value_dash.c: every `-` or `/` that starts a word stands for each of the five dashes: as a step of the pattern, or,
 * for what is to be encoded, as so many strings.
 */
size_t ap_dashes_count(const struct ap_string *string);
bool ap_dashes_mark(struct ap_loader *l, struct ap_string *out, const struct ap_string *string);
bool ap_dashes_expand(struct ap_loader *l, struct ap_strings *out, const struct ap_string *string);

#endif
