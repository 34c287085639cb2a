/*
 * An answer as a PDF: a title page with what it is of and its verdict, then its parts with charts and tables, each page
 * numbered. Texts are in whatever script, and as hostile as a log's; what cannot be seen is shown as on a terminal.
 * Fonts are the system's, embedded. With the same fonts and versions of Pango and Cairo, the same answer gives the same
 * bytes.
 *
 * Only in the static library: a program that uses it links with pangocairo.
 */
#ifndef AUDITPROOF_PDF_H
#define AUDITPROOF_PDF_H

#include <stdint.h>

#include "auditproof/answer.h"
#include "auditproof/buf.h"
#include "auditproof/error.h"

enum ap_pdf_verdict { AP_PDF_NO_VERDICT, AP_PDF_GOOD, AP_PDF_BAD, AP_PDF_UNCERTAIN };

struct ap_pdf_fact {
    const char *name, *value;
};

/* The title page. Texts are borrowed. */
struct ap_pdf_title {
    const char *title;               /* "Audit summary" */
    const char *name;                /* as the report's owner calls it; may be NULL */
    const struct ap_pdf_fact *facts; /* organization, period, made by, …; in this order */
    size_t fact_count;
    enum ap_pdf_verdict verdict; /* its colour; none with AP_PDF_NO_VERDICT */
    const char *verdict_word;    /* "intact", "complete", …; NULL or "" for none */
    const char *verdict_text;    /* what that means, beneath it */
    const char *foot;            /* of each page but this; NULL: the title */
    int64_t time_us;             /* when it was made: the document's date */
};

/* Append the document. */
AP_MUST_CHECK enum ap_status ap_pdf_write(struct ap_buf *out, const struct ap_answer *answer,
                                          const struct ap_pdf_title *title, struct ap_error *err);

#endif
