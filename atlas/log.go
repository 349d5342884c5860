package atlas

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// tracker is a ResponseWriter that knows what was answered, for the log.
type tracker struct {
	http.ResponseWriter
	id        string
	remote    string // the client's address
	gzip      bool   // the client reads it
	started   time.Time
	status    int
	bytes     int64
	operation string // operationId
	publicID  string // of the caller's key
}

// WriteHeader implements http.ResponseWriter.
func (t *tracker) WriteHeader(status int) {
	if t.status == 0 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (t *tracker) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(b)
	t.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController through.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }

type trackerKey struct{}

func withTracker(ctx context.Context, t *tracker) context.Context {
	return context.WithValue(ctx, trackerKey{}, t)
}

func trackerOf(r *http.Request) *tracker { return r.Context().Value(trackerKey{}).(*tracker) }

// logRequest writes one line a request: no query, no header, no body, and of a
// download no path, whose token is all that it takes to fetch the file.
func (a *api) logRequest(r *http.Request, t *tracker) {
	path := r.URL.Path
	if strings.Contains(path, "downloads") {
		path = downloadPrefix + "…"
	}
	level := slog.LevelInfo
	switch {
	case t.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case r.Method == http.MethodGet || r.Method == http.MethodHead || t.publicID == "" && t.status == http.StatusUnauthorized:
		// Clients poll, and digest authentication begins every call with a 401.
		level = slog.LevelDebug
	}
	a.config.Logger.LogAttrs(r.Context(), level, "request",
		slog.String("requestId", t.id),
		slog.String("method", r.Method),
		slog.String("path", path),
		slog.String("operation", t.operation),
		slog.Int("status", t.status),
		slog.Int64("bytes", t.bytes),
		slog.Duration("took", time.Since(t.started)),
		slog.String("remote", remoteAddress(r)),
		slog.String("key", t.publicID))
}
