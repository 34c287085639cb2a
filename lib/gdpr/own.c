#include "own.h"

#include <arpa/inet.h>
#include <string.h>

enum { ADDRESS_LEN = 16, ADDRESS_TEXT = 64 };

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void gdpr_own_init(struct gdpr_own *own)
{
    ap_arena_init(&own->arena, 0);
    ap_intern_init(&own->set, &own->arena);
}

void gdpr_own_free(struct gdpr_own *own)
{
    ap_intern_free(&own->set);
    ap_arena_free(&own->arena);
}

/* Both families in one form: IPv4 as IPv6 maps it. */
static bool read_address(uint8_t out[ADDRESS_LEN], const char *text, size_t len)
{
    char copy[ADDRESS_TEXT];

    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (memchr(text, ':', len) != NULL)
        return inet_pton(AF_INET6, copy, out) == 1;
    memcpy(out, mapped, sizeof mapped);
    return inet_pton(AF_INET, copy, out + sizeof mapped) == 1;
}

/* The token's bytes as the set has them, in out (GDPR_TOKEN_MAX bytes); 0: it has no such form. */
static size_t key_of(char out[GDPR_TOKEN_MAX], const char *text, const struct gdpr_token *token)
{
    struct ap_uuid uuid;

    switch (token->kind) {
    case GDPR_EMAIL:
        return gdpr_fold_email(out, text + token->at, token->len);
    case GDPR_UUID:
        memcpy(out, text + token->at, AP_UUID_TEXT_SIZE - 1);
        out[AP_UUID_TEXT_SIZE - 1] = '\0';
        if (!ap_uuid_parse(&uuid, out))
            return 0;
        memcpy(out, uuid.bytes, sizeof uuid.bytes);
        return sizeof uuid.bytes;
    case GDPR_ADDRESS:
        return read_address((uint8_t *)out, text + token->at, token->len) ? ADDRESS_LEN : 0;
    }
    return 0;
}

static enum ap_status add(struct gdpr_own *own, enum gdpr_kind kind, const void *bytes, size_t len,
                          struct ap_error *err)
{
    uint32_t number;

    return ap_intern_add(&own->set, (uint32_t)kind, bytes, len, &number, err);
}

enum ap_status gdpr_own_add_uuid(struct gdpr_own *own, const struct ap_uuid *uuid, struct ap_error *err)
{
    return add(own, GDPR_UUID, uuid->bytes, sizeof uuid->bytes, err);
}

enum ap_status gdpr_own_add_inet(struct gdpr_own *own, const struct ap_inet *inet, struct ap_error *err)
{
    uint8_t address[ADDRESS_LEN];

    if (!inet->present)
        return AP_OK;
    memcpy(address, mapped, sizeof mapped);
    memcpy(inet->v6 ? address : address + sizeof mapped, inet->address, inet->v6 ? ADDRESS_LEN : 4);
    return add(own, GDPR_ADDRESS, address, sizeof address, err);
}

enum ap_status gdpr_own_add_text(struct gdpr_own *own, const char *text, size_t len, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    char key[GDPR_TOKEN_MAX];
    struct gdpr_token token;

    for (size_t at = 0; status == AP_OK && at < len; at++) {
        if (!gdpr_scan_at(text, len, at, &token))
            continue;
        status = add(own, token.kind, key, key_of(key, text, &token), err);
        at = token.at + token.len - 1 > at ? token.at + token.len - 1 : at;
    }
    return status;
}

/* What may stand before an e-mail address without being of it: "to=a@example.com". */
static bool ends_in_own_email(const struct gdpr_own *own, const char *key, size_t len)
{
    for (size_t from = 1; from < len && key[from] != '@'; from++) {
        char before = key[from - 1];

        if ((unsigned char)before < 0x80 && strchr("=/?&|{'`#*", before) != NULL &&
            ap_intern_find(&own->set, GDPR_EMAIL, key + from, len - from) != AP_INTERN_NONE)
            return true;
    }
    return false;
}

static bool is_own(const struct gdpr_own *own, const char *text, const struct gdpr_token *token)
{
    char key[GDPR_TOKEN_MAX];
    size_t len = key_of(key, text, token);

    if (len > 0 && ap_intern_find(&own->set, (uint32_t)token->kind, key, len) != AP_INTERN_NONE)
        return true;
    return token->kind == GDPR_EMAIL && ends_in_own_email(own, key, len);
}

bool gdpr_own_next_foreign(const struct gdpr_own *own, const char *text, size_t len, size_t *from, size_t limit,
                           struct gdpr_token *out)
{
    while (*from < limit) {
        size_t at = (*from)++;

        if (!gdpr_scan_at(text, len, at, out))
            continue;
        if (out->kind != GDPR_EMAIL)
            *from = out->at + out->len;
        if (!is_own(own, text, out))
            return true;
    }
    return false;
}

bool gdpr_own_is_clean(const struct gdpr_own *own, const char *text, size_t len)
{
    struct gdpr_token token;
    size_t from = 0;

    return !gdpr_own_next_foreign(own, text, len, &from, len, &token);
}

size_t gdpr_own_mask(const struct gdpr_own *own, struct ap_buf *out, const char *text, size_t len)
{
    static const char *const instead[] = {"[e-mail]", "[id]", "[address]"};
    size_t from = 0, done = 0, count = 0;
    struct gdpr_token token;

    while (gdpr_own_next_foreign(own, text, len, &from, len, &token)) {
        /* A local part may have been recognised as something before its at sign was. */
        if (token.at > done)
            ap_buf_add(out, text + done, token.at - done);
        if (token.at + token.len > done) {
            ap_buf_adds(out, instead[token.kind]);
            done = token.at + token.len;
            count++;
        }
        from = from > done ? from : done;
    }
    ap_buf_add(out, text + done, len - done);
    return count;
}
