package atlas

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// enveloped is {"status", "content"}, the envelope of one entity.
type enveloped struct {
	Status  int `json:"status"`
	Content any `json:"content"`
}

// encode renders a body without escaping < and >, indented where asked.
func encode(body any, pretty bool) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if pretty {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// write sends a result. A nil body is none, with the media type all the same:
// Atlas's 204s carry it.
func (q *request) write(w http.ResponseWriter, body any) error {
	status := q.endpoint.status
	h := w.Header()
	h.Set("Content-Type", q.mediaType()+";charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return nil
	}
	if status == http.StatusCreated {
		setUnlessEmpty(h, "Location", selfOf(body))
	}
	if q.envelope {
		body = envelop(status, body)
	}
	b, err := encode(body, q.pretty)
	if err != nil {
		return err
	}
	send(w, status, b)
	return nil
}

// selfOf is the link of a body to itself, where it has one.
func selfOf(body any) string {
	var v struct {
		Links []link `json:"links"`
	}
	b, err := encode(body, false)
	if err != nil || json.Unmarshal(b, &v) != nil {
		return ""
	}
	for _, l := range v.Links {
		if l.Rel == "self" {
			return l.Href
		}
	}
	return ""
}

// envelop wraps an entity; a list is its own envelope and gets the status in.
func envelop(status int, body any) any {
	if l, ok := body.(*list); ok {
		l.Status = status
		return l
	}
	return enveloped{Status: status, Content: body}
}

func (q *request) mediaType() string {
	if q.version == "" {
		return "application/json"
	}
	return vendorMediaType(q.version)
}

// writeProblem sends an error body. The hint goes only to the extension API:
// Atlas's body has exactly five members.
func writeProblem(w http.ResponseWriter, p problem, hint, pretty bool) {
	if !hint {
		p.Hint = ""
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if p.ErrorCode != "" {
		h.Set("X-Error-Code", p.ErrorCode)
	}
	b, err := encode(p, pretty)
	if err != nil { // a parameter that JSON cannot say
		p.Parameters = []any{}
		b, _ = encode(p, pretty)
	}
	send(w, p.Error, b)
}

// send writes a whole body, compressed if it is long and the client can read
// that. Its error is that of a client that went away.
func send(w http.ResponseWriter, status int, b []byte) {
	if t, ok := w.(*tracker); ok && len(b) >= compressFrom {
		w.Header().Add("Vary", "Accept-Encoding")
		if t.gzip {
			w.Header().Set("Content-Encoding", "gzip")
			b = compressed(b)
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// drain reads what is left of a body up to a limit, so that the connection can
// be used for the next request; past it the connection is closed.
func (a *api) drain(w http.ResponseWriter, r *http.Request) {
	var n int64
	err := a.inTime(w, func() (err error) {
		n, err = io.Copy(io.Discard, io.LimitReader(r.Body, a.config.MaxBody+1))
		return err
	})
	if err == nil && n > a.config.MaxBody {
		w.Header().Set("Connection", "close")
	}
}

// inTime runs a read of the body that fails after a while: one that trickles
// in must not hold on to the connection. After a failure the deadline stays,
// for net/http itself wants to read the rest, and the connection is closed.
func (a *api) inTime(w http.ResponseWriter, read func() error) error {
	c := http.NewResponseController(w)
	// Writers without a connection behind them have no deadline to set.
	_ = c.SetReadDeadline(time.Now().Add(a.config.BodyTimeout))
	if err := read(); err != nil {
		w.Header().Set("Connection", "close")
		return err
	}
	_ = c.SetReadDeadline(time.Time{})
	return nil
}
