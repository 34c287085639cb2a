#include "address.h"

#include <arpa/inet.h>
#include <string.h>

bool ap_address_within(const struct ap_cidr *cidr, const char *text, size_t len)
{
    char copy[INET6_ADDRSTRLEN];
    uint8_t address[sizeof cidr->bytes];
    size_t whole = cidr->bits / 8U;
    unsigned rest = cidr->bits % 8U;

    if (len >= sizeof copy || memchr(text, '\0', len) != NULL)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(cidr->len == 4 ? AF_INET : AF_INET6, copy, address) != 1)
        return false;
    if (memcmp(address, cidr->bytes, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ cidr->bytes[whole]) >> (8 - rest) == 0;
}
