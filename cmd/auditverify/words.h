/* What reports for people are made of. */
#ifndef AUDITPROOF_CMD_AUDITVERIFY_WORDS_H
#define AUDITPROOF_CMD_AUDITVERIFY_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/finding.h"

enum { NUMBER_SIZE = 32 };

/* 1234567 as "1,234,567". Returns out. */
const char *grouped(char out[NUMBER_SIZE], uint64_t value);
const char *plural(uint64_t count, const char *one, const char *many);

#define RED "\033[1;31m"
#define GREEN "\033[1;32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

/* The code, or "" without colours. */
const char *paint(bool colour, const char *code);

/* On standard output: what others named, after what we say of it. */
void print_named(const char *label, const char *text, const char *end);
void print_finding(bool colour, const struct ap_finding *finding);

#endif
