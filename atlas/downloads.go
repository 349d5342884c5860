package atlas

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tidemark"
)

// downloadPrefix is before the token and the file name of a download's URL.
const downloadPrefix = ExtensionPrefix + "/downloads/"

// download serves GET and HEAD of /downloads/{token}/{filename}. The token is
// all the permission there is, as with Atlas's links: clients fetch them
// without any header. Nothing that names the token is logged or answered.
func (a *api) download(w *tracker, r *http.Request) {
	w.operation = "tidemark.download"
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	token, _, named := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), downloadPrefix), "/")
	token, err := url.PathUnescape(token)
	if err != nil || !named || token == "" {
		a.fail(w, r, noDownload(), true, false)
		return
	}
	d, err := a.service.OpenDownload(r.Context(), token, remoteAddress(r))
	if err != nil {
		if tidemark.ErrorCode(err) == tidemark.CodeResourceNotFound {
			err = noDownload()
		}
		a.fail(w, r, err, true, false)
		return
	}
	if err := serveDownload(w, r, d, entityTag(token)); err != nil {
		a.failDownload(w, r, err)
	}
}

func noDownload() error {
	return tidemark.Errorf(tidemark.CodeResourceNotFound, "no such download").WithParams("downloads").
		WithHint("The link is wrong or has expired. Start another restore job with deliveryType download.")
}

// entityTag tells one download from another without giving the token away.
func entityTag(token string) string {
	sum := sha256.Sum256([]byte("tidemark download " + token))
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// failDownload answers with an error if nothing was sent yet. Else it cuts the
// connection, so that the client cannot take a part for the whole.
func (a *api) failDownload(w *tracker, r *http.Request, err error) {
	if w.status == 0 {
		h := w.Header()
		for _, name := range []string{"Content-Length", "Content-Disposition", "ETag"} {
			h.Del(name)
		}
		a.fail(w, r, err, true, false)
		return
	}
	a.logFailure(r, err)
	panic(http.ErrAbortHandler)
}

func serveDownload(w *tracker, r *http.Request, d tidemark.Download, tag string) error {
	h := w.Header()
	h.Set("Accept-Ranges", "bytes")
	h.Set("Cache-Control", "no-store")
	h.Set("ETag", tag)
	wanted, ranged := parseRange(r.Header.Get("Range"))
	if match := r.Header.Get("If-Range"); r.Method != http.MethodGet || match != "" && match != tag {
		ranged = false
	}
	h.Set("Content-Type", "application/gzip")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name()}))
	if ranged {
		return servePart(w, r, d, wanted)
	}
	if d.Known() {
		size, err := d.Size(r.Context())
		if err != nil {
			return err
		}
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return d.WriteRange(r.Context(), w, 0, -1)
}

// servePart needs the size, for which the file may have to be made once.
func servePart(w *tracker, r *http.Request, d tidemark.Download, wanted byteRange) error {
	size, err := d.Size(r.Context())
	if err != nil {
		return err
	}
	from, to, ok := wanted.within(size)
	if !ok {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		return tidemark.Errorf(codeRangeNotSatisfiable, "the file has %d bytes", size)
	}
	h := w.Header()
	h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, size))
	h.Set("Content-Length", strconv.FormatInt(to-from, 10))
	w.WriteHeader(http.StatusPartialContent)
	return d.WriteRange(r.Context(), w, from, to)
}
