/* data/index.html: a list of all files, which a small script makes searchable. */
#include <stdlib.h>
#include <string.h>

#include "auditproof/html.h"
#include "auditproof/report.h"
#include "index_files.h"
#include "page.h"
#include "report_internal.h"

/* Files that the archive gets after this page, which therefore has no size of theirs, nor of its own. */
static const char *const later[] = {
    "bag-info.txt",           "bagit.txt",       "data/index.html", "manifest-sha256.txt", "proof/pubkeys.pem",
    "tagmanifest-sha256.txt", "tagmanifest.sig",
};
enum { LATER = sizeof later / sizeof *later };

struct file {
    const char *path;
    const struct ap_member *member; /* NULL: written later */
};

struct list {
    struct file *files; /* owned */
    size_t count, cap;
};

static enum ap_status add(struct list *list, const char *path, const struct ap_member *member, struct ap_error *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 64 : 2 * list->cap;
        struct file *grown = reallocarray(list->files, cap, sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "the list of files");
        list->files = grown;
        list->cap = cap;
    }
    list->files[list->count++] = (struct file){path, member};
    return AP_OK;
}

static enum ap_status add_member(void *context, const struct ap_member *member, struct ap_error *err)
{
    return add(context, ap_member_path(member), member, err);
}

static int compare(const void *a, const void *b)
{
    const struct file *x = a, *y = b;

    return strcmp(x->path, y->path);
}

/* From data/, where this page is. Paths are of letters that need no escape in a link. */
static void put_link(struct ap_buf *out, const char *path)
{
    static const char data[] = "data/";
    bool beside = strncmp(path, data, sizeof data - 1) == 0;

    ap_buf_adds(out, "<a href=\"");
    ap_buf_adds(out, beside ? "" : "../");
    ap_html_put(out, beside ? path + sizeof data - 1 : path);
    ap_buf_adds(out, "\"><code>");
    ap_html_put(out, path);
    ap_buf_adds(out, "</code></a>");
}

static void put_file(struct ap_buf *out, const struct file *file)
{
    uint64_t rows;

    ap_buf_adds(out, "<tr><td class=\"text\">");
    put_link(out, file->path);
    ap_buf_adds(out, "</td><td class=\"text\">");
    ap_html_put(out, index_file_is(file->path));
    ap_buf_adds(out, "</td><td>");
    if (file->member != NULL && ap_member_rows(file->member, &rows))
        ap_html_put_count(out, rows);
    ap_buf_adds(out, "</td><td>");
    if (file->member != NULL)
        ap_html_put_count(out, ap_member_size(file->member));
    ap_buf_adds(out, "</td></tr>\n");
}

static void put_files(struct ap_buf *out, const struct list *list)
{
    ap_buf_addf(
        out,
        "<p class=\"soft\">%zu files. <span id=\"shown\"></span></p>\n<div class=\"scroll\"><table id=\"files\""
        " class=\"files\"><thead><tr><th scope=\"col\">File</th><th scope=\"col\" class=\"text\">What it is</th>"
        "<th scope=\"col\">Rows</th><th scope=\"col\">Bytes</th></tr></thead><tbody>\n",
        list->count);
    for (size_t i = 0; i < list->count; i++)
        put_file(out, &list->files[i]);
    ap_buf_adds(out, "</tbody></table></div>\n<p class=\"soft\">Files without a number of bytes were written after this"
                     " list; the manifests have them.</p>\n");
}

static enum ap_status put_page(struct ap_buf *out, const char *name, const struct list *list, struct ap_error *err)
{
    const char *head = page_share("report/index.html"), *script = page_share("report/index.js"), *place;
    enum ap_status status;

    place = head != NULL ? strstr(head, "{{name}}") : NULL;
    if (place == NULL || script == NULL)
        return ap_fail(err, AP_EINTERNAL, "the page that lists files is not embedded");
    status = page_open(out, name, script, err);
    if (status != AP_OK)
        return status;
    ap_buf_add(out, head, (size_t)(place - head));
    ap_html_put(out, name);
    ap_buf_adds(out, place + strlen("{{name}}"));
    put_files(out, list);
    ap_buf_addf(out, "</main>\n<footer><p>auditproof %s</p></footer>\n", ap_version());
    page_close(out, script);
    return ap_buf_check(out, "data/index.html", err);
}

enum ap_status ap_index_write(const char *name, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf page = AP_BUF_INIT;
    struct list list = {NULL, 0, 0};
    enum ap_status status = ap_bundle_each(bundle, add_member, &list, err);

    for (size_t i = 0; status == AP_OK && i < LATER; i++)
        status = add(&list, later[i], NULL, err);
    if (status == AP_OK) {
        qsort(list.files, list.count, sizeof *list.files, compare);
        status = put_page(&page, name, &list, err);
    }
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/index.html", page.data, page.len, err);
    ap_buf_free(&page);
    free(list.files);
    return status;
}
