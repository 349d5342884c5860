package contract

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Transport checks every exchange of the Atlas Admin API that passes through
// it. It is safe for use by many goroutines. What was reached is noted in the
// document, for all transports together.
type Transport struct {
	document *Document
	next     http.RoundTripper

	mu     sync.Mutex
	faults []error
}

// NewTransport wraps next, http.DefaultTransport where nil.
func NewTransport(d *Document, next http.RoundTripper) *Transport {
	if next == nil {
		next = http.DefaultTransport
	}
	return &Transport{document: d, next: next}
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(req.URL.Path, "/api/atlas/v2") {
		return t.next.RoundTrip(req)
	}
	reqBody, err := tee(&req.Body)
	if err != nil {
		return nil, err
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	respBody, err := tee(&resp.Body)
	if err != nil {
		return nil, err
	}
	t.document.note(req, resp)
	reqPlain, err := plain(req.Header, reqBody)
	if err != nil && resp.StatusCode < http.StatusBadRequest {
		return nil, err
	}
	respPlain, err := plain(resp.Header, respBody)
	if err != nil {
		return nil, err
	}
	if fault := t.document.Check(req, reqPlain, resp, respPlain); fault != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.faults = append(t.faults, fault)
	}
	return resp, nil
}

// tee reads a body and puts an equal one in its place.
func tee(body *io.ReadCloser) ([]byte, error) {
	if *body == nil || *body == http.NoBody {
		return nil, nil
	}
	b, err := io.ReadAll(*body)
	if err != nil {
		return nil, err
	}
	if err := (*body).Close(); err != nil {
		return nil, err
	}
	*body = io.NopCloser(bytes.NewReader(b))
	return b, nil
}

// plain decodes a body that is compressed; the transport below decodes only
// what it has asked for itself.
func plain(h http.Header, body []byte) ([]byte, error) {
	if coding := strings.ToLower(h.Get("Content-Encoding")); coding != "gzip" && coding != "x-gzip" || len(body) == 0 {
		return body, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// Err returns all faults that were found.
func (t *Transport) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.faults...)
}
