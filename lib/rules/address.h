/* Addresses and networks. */
#ifndef AUDITPROOF_RULES_ADDRESS_H
#define AUDITPROOF_RULES_ADDRESS_H

#include "rule.h"

/* Whether text is an IPv4 or IPv6 address, of the network's own family, within the network. */
bool ap_address_within(const struct ap_cidr *cidr, const char *text, size_t len);

#endif
