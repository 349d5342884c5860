package fuzztest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"tidemark/atlas/contract"
)

// Request is what a fuzzer changes.
type Request struct {
	Method, Path            string
	Accept, ContentType     string
	ContentEncoding, Coding string // Coding is of Accept-Encoding
	Authorization, Range    string
	Body                    string
}

// Check sends the request to a handler and judges the answer. What no server
// would let through to a handler is not sent.
func (r Request) Check(ctx context.Context, d *contract.Document, h http.Handler) error {
	target := "http://host" + r.Path
	if u, _ := url.ParseRequestURI(target); u == nil || u.Host != "host" {
		return nil
	}
	req, _ := http.NewRequestWithContext(ctx, r.Method, target, strings.NewReader(r.Body))
	if req == nil { // its method is none
		return nil
	}
	req.RequestURI = r.Path
	req.RemoteAddr = "192.0.2.1:1234"
	for name, value := range map[string]string{
		"Accept": r.Accept, "Content-Type": r.ContentType, "Content-Encoding": r.ContentEncoding,
		"Accept-Encoding": r.Coding, "Authorization": r.Authorization, "Range": r.Range,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if err := r.judge(d, req, w); err != nil {
		return fmt.Errorf("%s %s: status %d: %w\n%s", req.Method, req.URL, w.Code, err, w.Body.Bytes())
	}
	return nil
}

func (r Request) judge(d *contract.Document, req *http.Request, w *httptest.ResponseRecorder) error {
	if w.Code >= http.StatusInternalServerError && w.Code != http.StatusNotImplemented {
		return errors.New("that is a fault of the service")
	}
	if req.Method == http.MethodHead { // net/http drops what handlers write then
		return nil
	}
	answer, err := plain(w.Header(), w.Body.Bytes())
	if err != nil {
		return err
	}
	oauth := strings.HasPrefix(req.URL.Path, "/api/oauth/")
	if w.Code >= http.StatusBadRequest && w.Code != http.StatusMethodNotAllowed {
		var p struct{ Error any }
		if err := json.Unmarshal(answer, &p); err != nil || !oauth && p.Error != float64(w.Code) {
			return errors.New("it does not have the error shape")
		}
	}
	if !strings.HasPrefix(req.URL.Path, "/api/atlas/v2") {
		return nil
	}
	body, err := plain(req.Header, []byte(r.Body))
	if err != nil && w.Code < http.StatusBadRequest {
		return err
	}
	return d.Check(req, body, w.Result(), answer)
}

// plain decodes a body that is compressed.
func plain(h http.Header, body []byte) ([]byte, error) {
	if coding := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); coding != "gzip" && coding != "x-gzip" || len(body) == 0 {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
