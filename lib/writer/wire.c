/* Values in PostgreSQL's binary format, as the receive functions of their types read them. */
#include <arpa/inet.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json_read.h"
#include "writer_internal.h"

/* What PostgreSQL calls the address families on the wire (utils/inet.h). */
enum { WIRE_INET = 2, WIRE_INET6 = 3 };

/* Longest text of a UUID, time or address that is worth a look. */
enum { SHORT_TEXT = 96 };

static void add_u32(struct ap_buf *wire, uint32_t value)
{
    uint8_t bytes[4];

    ap_put_u32(bytes, value);
    ap_buf_add(wire, bytes, sizeof bytes);
}

static enum ap_status add_bytes(struct ap_buf *wire, const void *bytes, size_t len)
{
    add_u32(wire, (uint32_t)len);
    ap_buf_add(wire, bytes, len);
    return AP_OK;
}

static enum ap_status add_uuid(struct ap_buf *wire, const char *name, const char *text, struct ap_error *err)
{
    struct ap_uuid uuid;

    if (!ap_uuid_parse(&uuid, text))
        return ap_fail(err, AP_EINPUT, "%s: \"%s\" is not a UUID", name, text);
    return add_bytes(wire, uuid.bytes, sizeof uuid.bytes);
}

static enum ap_status add_time(struct ap_buf *wire, const char *name, const char *text, struct ap_error *err)
{
    int64_t time_us;
    uint8_t bytes[8];

    if (ap_time_parse(&time_us, text, ap_clock_now_us(), err) != AP_OK)
        return ap_error_prefix(err, "%s", name);
    ap_put_u64(bytes, (uint64_t)(time_us - AP_POSTGRES_EPOCH_US));
    return add_bytes(wire, bytes, sizeof bytes);
}

/* A prefix length after the slash: one to three digits, `bits` at most. */
static bool prefix_length(const char *text, unsigned bits, uint8_t *out)
{
    unsigned value = 0;
    size_t len = strlen(text);

    if (len < 1 || len > 3 || strspn(text, "0123456789") != len)
        return false;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    *out = (uint8_t)value;
    return value <= bits;
}

static enum ap_status add_inet(struct ap_buf *wire, const char *name, char *text, struct ap_error *err)
{
    uint8_t bytes[4 + 16] = {WIRE_INET, 32, 0, 4};
    char *slash = strchr(text, '/');
    bool v6 = strchr(text, ':') != NULL, ok;

    if (v6) {
        bytes[0] = WIRE_INET6;
        bytes[1] = 128;
        bytes[3] = 16;
    }
    if (slash != NULL)
        *slash = '\0';
    ok = inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes + 4) == 1;
    if (slash != NULL) {
        ok = ok && prefix_length(slash + 1, bytes[1], &bytes[1]);
        *slash = '/';
    }
    if (!ok)
        return ap_fail(err, AP_EINPUT, "%s: \"%s\" is not an IP address", name, text);
    return add_bytes(wire, bytes, 4 + (size_t)bytes[3]);
}

static enum ap_status add_short(struct ap_buf *wire, const struct column *column, const struct ap_cell *cell,
                                struct ap_error *err)
{
    char text[SHORT_TEXT];

    if (cell->len >= sizeof text)
        return ap_fail(err, AP_EINPUT, "%s: \"%.40s…\" is too long", column->name, cell->text);
    memcpy(text, cell->text, cell->len);
    text[cell->len] = '\0';
    if (column->type == AP_OID_UUID)
        return add_uuid(wire, column->name, text, err);
    if (column->type == AP_OID_INET)
        return add_inet(wire, column->name, text, err);
    return add_time(wire, column->name, text, err);
}

enum ap_status wire_add(struct ap_buf *wire, enum ap_entry_column number, const struct ap_cell *cell,
                        struct ap_error *err)
{
    const struct column *column = &entry_columns[number];

    if (cell->kind == AP_CELL_NULL || cell->kind == AP_CELL_ABSENT) {
        add_u32(wire, UINT32_MAX);
        return AP_OK;
    }
    if (column->type == AP_OID_TEXT)
        return add_bytes(wire, cell->text, cell->len);
    if (column->type == AP_OID_JSONB) {
        /* jsonb's binary format is a version number, 1, and the text. */
        add_u32(wire, (uint32_t)cell->len + 1);
        ap_buf_addc(wire, 1);
        ap_buf_add(wire, cell->text, cell->len);
        return AP_OK;
    }
    return add_short(wire, column, cell, err);
}
