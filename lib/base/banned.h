/*
 * Included before every source file (Makefile, -include). A call listed here does not compile: each has a safe
 * counterpart that checks bounds, reports overflow, or does not depend on the locale.
 */
#ifndef AUDITPROOF_BANNED_H
#define AUDITPROOF_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison scanf sscanf fscanf atoi atol atoll atof
#pragma GCC poison strtok gmtime localtime ctime asctime
#pragma GCC poison mktemp tmpnam tempnam system popen
#pragma GCC poison setlocale

#endif
