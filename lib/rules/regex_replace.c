/* Replacing what a regular expression matches: for pipelines, when rules are loaded. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <string.h>

#include "auditproof/buf.h"
#include "pipeline_internal.h"

enum { REPLACE_LIMIT = 1000000 };

/* Python's way to name groups, as pySigma's pipelines have it, to PCRE2's. */
static void translate(struct ap_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *end = text[0] == '\\' && text[1] == 'g' && text[2] == '<' ? strchr(text, '>') : NULL;

        if (end != NULL) {
            ap_buf_addf(out, "${%.*s}", (int)(end - text - 3), text + 3);
            text = end;
        } else if (text[0] == '\\' && text[1] >= '0' && text[1] <= '9') {
            ap_buf_addf(out, "${%c}", *++text);
        } else if (text[0] == '\\' && text[1] == '\\') {
            ap_buf_addc(out, *++text);
        } else if (text[0] == '$') {
            ap_buf_adds(out, "$$");
        } else {
            ap_buf_addc(out, *text);
        }
    }
}

static enum ap_status fail(int code, const char *regex, struct ap_error *err)
{
    PCRE2_UCHAR message[200];

    if (pcre2_get_error_message(code, message, sizeof message) < 0)
        message[0] = '\0';
    return ap_fail(err, code == PCRE2_ERROR_NOMEMORY ? AP_ENOMEM : AP_EINPUT, "cannot replace '%.100s': %s", regex,
                   (const char *)message);
}

static enum ap_status substitute(const pcre2_code *code, pcre2_match_context *context, struct ap_buf *out,
                                 const struct ap_buf *with, const char *regex, const char *text, size_t len,
                                 struct ap_error *err)
{
    static const uint32_t options =
        PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH | PCRE2_SUBSTITUTE_UNSET_EMPTY;
    PCRE2_SIZE room = 2 * len + 256;

    for (int attempt = 0; attempt < 2; attempt++) {
        char *to = ap_buf_reserve(out, room);
        PCRE2_SIZE written = room;
        int n;

        if (to == NULL)
            return ap_fail_memory(err, "a value");
        n = pcre2_substitute(code, (PCRE2_SPTR)text, len, 0, options, NULL, context, (PCRE2_SPTR)ap_buf_str(with),
                             with->len, (PCRE2_UCHAR *)to, &written);
        if (n >= 0) {
            out->len += written;
            return AP_OK;
        }
        if (n != PCRE2_ERROR_NOMEMORY || written <= room)
            return fail(n, regex, err);
        room = written;
    }
    return ap_fail(err, AP_EINTERNAL, "a replaced value has no end");
}

enum ap_status ap_regex_replace(struct ap_buf *out, const char *regex, const char *replacement, const char *text,
                                size_t len, struct ap_error *err)
{
    struct ap_buf with = AP_BUF_INIT;
    pcre2_match_context *context = NULL;
    enum ap_status status;
    PCRE2_SIZE at;
    pcre2_code *code;
    int error;

    code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C,
                         &error, &at, NULL);
    if (code == NULL)
        return fail(error, regex, err);
    translate(&with, replacement);
    status = ap_buf_check(&with, "a replacement", err);
    if (status == AP_OK) {
        context = pcre2_match_context_create(NULL);
        if (context == NULL)
            status = ap_fail_memory(err, "a replacement");
    }
    if (status == AP_OK) {
        (void)pcre2_set_match_limit(context, REPLACE_LIMIT);
        status = substitute(code, context, out, &with, regex, text, len, err);
    }
    pcre2_match_context_free(context);
    pcre2_code_free(code);
    ap_buf_free(&with);
    return status;
}
