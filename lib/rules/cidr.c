#include <arpa/inet.h>
#include <string.h>

#include "item.h"

/* Bits of the address that the prefix leaves to hosts are zero. */
static bool is_network(const struct ap_cidr *cidr)
{
    for (size_t i = 0; i < cidr->len; i++) {
        size_t fixed = cidr->bits <= 8 * i ? 0 : cidr->bits - 8 * i;

        if (fixed < 8 && (cidr->bytes[i] & (0xFFU >> fixed)) != 0)
            return false;
    }
    return true;
}

static bool read_bits(const char *text, unsigned max, uint8_t *bits)
{
    unsigned value = 0;

    if (*text == '\0' || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
        return false;
    for (; *text != '\0'; text++)
        value = value * 10 + (unsigned)(*text - '0');
    *bits = (uint8_t)value;
    return value <= max;
}

static bool parse(struct ap_cidr *out, const char *text)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);

    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, address, out->bytes) == 1)
        out->len = 4;
    else if (inet_pton(AF_INET6, address, out->bytes) == 1)
        out->len = 16;
    else
        return false;
    out->bits = (uint8_t)(8 * out->len);
    return slash == NULL || read_bits(slash + 1, 8U * out->len, &out->bits);
}

bool ap_cidr_read(struct ap_loader *l, const struct ap_yaml *value, struct ap_cidr *out)
{
    if (strlen(value->text.text) != value->text.len || !parse(out, value->text.text))
        return ap_load_error(l, value->at,
                             "'%.60s' is no network: write an address and the bits of its prefix, as in "
                             "10.0.0.0/8 or 2001:db8::/32",
                             value->text.text);
    if (!is_network(out))
        return ap_load_error(l, value->at, "'%.60s' has bits set beyond its prefix: it names a host and no network",
                             value->text.text);
    return true;
}
