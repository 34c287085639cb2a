#include "page.h"

#include <string.h>

#include "auditproof/base64.h"
#include "auditproof/digest.h"
#include "auditproof/html.h"
#include "share_files.h"

const char *page_share(const char *name)
{
    for (size_t i = 0; i < share_file_count; i++)
        if (strcmp(share_files[i].name, name) == 0)
            return share_files[i].text;
    return NULL;
}

/* A source expression of a Content-Security-Policy: 'sha256-…'. */
static enum ap_status put_source(struct ap_buf *out, struct ap_digest *digest, const char *text, struct ap_error *err)
{
    struct ap_span span = {text, strlen(text)};
    uint8_t hash[AP_HASH_LEN];
    char base64[AP_BASE64_LEN(AP_HASH_LEN) + 1];
    enum ap_status status = ap_digest_spans(digest, hash, &span, 1, err);

    if (status != AP_OK)
        return status;
    memset(base64, 0, sizeof base64);
    ap_base64_encode(base64, hash, sizeof hash);
    ap_buf_addf(out, "'sha256-%s'", base64);
    return AP_OK;
}

enum ap_status page_open(struct ap_buf *out, const char *title, const char *script, struct ap_error *err)
{
    const char *style = page_share("report/page.css");
    struct ap_digest *digest;
    enum ap_status status = ap_digest_new(&digest, err);

    if (status == AP_OK && style == NULL)
        status = ap_fail(err, AP_EINTERNAL, "the style of pages is not embedded");
    ap_buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none';"
                     " form-action 'none'; style-src ");
    if (status == AP_OK)
        status = put_source(out, digest, style, err);
    if (status == AP_OK && script != NULL) {
        ap_buf_adds(out, "; script-src ");
        status = put_source(out, digest, script, err);
    }
    ap_digest_free(digest);
    if (status != AP_OK)
        return status;
    ap_buf_adds(out, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    ap_html_put(out, title);
    ap_buf_addf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
    return AP_OK;
}

void page_close(struct ap_buf *out, const char *script)
{
    if (script != NULL)
        ap_buf_addf(out, "<script>%s</script>\n", script);
    ap_buf_adds(out, "</body>\n</html>\n");
}
