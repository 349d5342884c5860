package atlas

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"tidemark"
)

// compressFrom is the size in bytes from which an answer is worth compressing.
const compressFrom = 1 << 10

var gzipWriters = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one of the known
	return w
}}

// compressed is b as a gzip file.
func compressed(b []byte) []byte {
	var buf bytes.Buffer
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(&buf)
	_, _ = w.Write(b) // a buffer takes everything
	_ = w.Close()
	return buf.Bytes()
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3).
func acceptsGzip(h http.Header) bool {
	for coding := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, parameters, _ := strings.Cut(coding, ";")
		if name = strings.ToLower(strings.TrimSpace(name)); name != "gzip" && name != "x-gzip" {
			continue
		}
		q, given := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		if weight, err := strconv.ParseFloat(q, 64); !given || err == nil && weight > 0 {
			return true
		}
	}
	return false
}

// readBody reads the whole body, and decodes it where it is compressed. Neither
// the bytes that come nor those they decode to may be more than maxBody.
func (q *request) readBody() ([]byte, error) {
	coding := strings.ToLower(strings.TrimSpace(q.http.Header.Get("Content-Encoding")))
	switch coding {
	case "", "identity":
		return io.ReadAll(q.http.Body)
	case "gzip", "x-gzip":
	default:
		return nil, tidemark.Errorf(codeUnsupportedMediaType, "the body is in an encoding that is not known").WithParams(coding)
	}
	r, err := gzip.NewReader(q.http.Body)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, q.maxBody+1))
	if err == nil && int64(len(b)) > q.maxBody {
		err = &http.MaxBytesError{Limit: q.maxBody}
	}
	return b, errors.Join(err, r.Close())
}
