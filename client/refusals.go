package client

import (
	"bytes"
	"io"
	"net/http"
)

// refusals lets the body of every 401 be read once more after it was closed.
// The digest transport reads and closes it in search of a challenge; a 401 for
// a role that is too small has none and is handed on as it is, and its body
// says why.
type refusals struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t refusals) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	resp.Body = rewinding{bytes.NewReader(body)}
	return resp, nil
}

// rewinding starts again when it is closed.
type rewinding struct{ *bytes.Reader }

func (b rewinding) Close() error {
	_, err := b.Seek(0, io.SeekStart)
	return err
}
