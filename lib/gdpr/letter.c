/* data/letter.html: what Art. 15(1) has the controller say beside the copy of the data. */
#include <inttypes.h>

#include "auditproof/clock.h"
#include "page.h"
#include "subject.h"

static void put_list(struct ap_buf *out, const struct ap_form_list *texts)
{
    ap_buf_adds(out, "<ul>\n");
    for (size_t i = 0; i < texts->count; i++)
        gdpr_page_text(out, "li", texts->items[i]);
    ap_buf_adds(out, "</ul>\n");
}

static void put_entries(struct ap_buf *out, const struct ap_gdpr_subject_counts *counts)
{
    ap_buf_addf(out,
                "<table><tr><th>Your own acts</th><td>%" PRIu64 "</td></tr>\n<tr><th>Acts of others on your record</th>"
                "<td>%" PRIu64 "</td></tr>\n<tr><th>Other entries that name you, included</th><td>%" PRIu64
                "</td></tr>\n<tr><th>Other entries that name you, not included after review</th><td>%" PRIu64
                "</td></tr>\n<tr><th>Other entries that name you, review pending</th><td>%" PRIu64
                "</td></tr>\n<tr><th>Entries left out, since their text would show another person&#x2019;s data"
                " (Art. 15(4)); redactions.csv lists them</th><td>%" PRIu64 "</td></tr></table>\n",
                counts->own, counts->about, counts->reviewed, counts->excluded, counts->pending, counts->withheld);
}

static void put_letter(struct ap_buf *out, const struct ap_gdpr_subject *subject)
{
    static const char *const purpose_heads[] = {"Purpose", "Legal basis", NULL};
    static const char *const recipient_heads[] = {"Recipient", "Purpose", "Country", "Safeguard", NULL};
    static const char *const retained_heads[] = {"What", "Ground", "Years", NULL};
    static const char *const right_heads[] = {"Right", "Article", "What it means", NULL};
    const struct gdpr_config *config = &subject->config;

    gdpr_page_begin(out, "Information under Article 15 GDPR",
                    "About your personal data in the audit log of this service. The data is in the other files beside"
                    " this one: activity.csv has what was recorded, dictionary.csv what its words mean.");
    gdpr_page_heading(out, "Controller");
    gdpr_page_contact(out, &config->controller);
    if (config->dpo.texts[GDPR_CONTACT_NAME] != NULL) {
        gdpr_page_heading(out, "Data protection officer");
        gdpr_page_contact(out, &config->dpo);
    }
    gdpr_page_heading(out, "What there is of you");
    put_entries(out, &subject->counts);
    gdpr_page_heading(out, "Purposes (Art. 15(1)(a))");
    gdpr_page_rows(out, purpose_heads, &config->purposes);
    gdpr_page_heading(out, "Categories of data (Art. 15(1)(b))");
    put_list(out, &config->categories);
    gdpr_page_heading(out, "Recipients (Art. 15(1)(c))");
    gdpr_page_rows(out, recipient_heads, &config->recipients);
    gdpr_page_heading(out, "How long it is kept (Art. 15(1)(d))");
    gdpr_page_rows(out, retained_heads, &config->retained);
    gdpr_page_heading(out, "Your rights (Art. 15(1)(e) and (f))");
    gdpr_page_rows(out, right_heads, &config->rights);
    if (config->authority.texts[GDPR_CONTACT_NAME] != NULL) {
        gdpr_page_heading(out, "Supervisory authority");
        gdpr_page_contact(out, &config->authority);
    }
    gdpr_page_heading(out, "Source of the data (Art. 15(1)(g))");
    gdpr_page_text(out, "p", config->source);
    gdpr_page_heading(out, "Automated decisions (Art. 15(1)(h))");
    gdpr_page_text(out, "p", config->automated);
    gdpr_page_end(out);
}

enum ap_status gdpr_letter_write(struct ap_gdpr_subject *subject, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf *out = &subject->scratch;
    enum ap_status status;

    ap_buf_clear(out);
    put_letter(out, subject);
    status = ap_buf_check(out, "data/letter.html", err);
    return status == AP_OK ? ap_bundle_add(bundle, "data/letter.html", out->data, out->len, err) : status;
}
