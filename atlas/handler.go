package atlas

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"tidemark"
)

// api is the handler.
type api struct {
	config   Config
	service  tidemark.Service
	router   router
	digester *digester
	throttle *throttle
	streams  chan struct{} // holds one for each that is open
	limiter  *limiter
	limits   map[*endpoint]*rateLimit // none where they are off
}

// NewHandler returns the handler of both APIs, the OAuth endpoints and the
// downloads. It may be mounted at "/" only; any other path is 404 in the error
// shape.
func NewHandler(c Config) http.Handler {
	c = c.withDefaults()
	a := &api{
		config:   c,
		service:  c.Service,
		digester: newDigester(c.Realm, newNonces(c.NonceKey, c.Clock), c.Service),
		throttle: newThrottle(c.MaxFailures, c.Clock),
		streams:  make(chan struct{}, c.MaxStreams),
		limiter:  newLimiter(c.Clock),
		limits:   map[*endpoint]*rateLimit{},
	}
	for _, e := range slices.Concat(endpoints, unserved()) {
		a.router.add(e)
		if c.RateLimits {
			a.limits[e] = limitOf(e.path)
		}
	}
	return a
}

// ServeHTTP implements http.Handler.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := &tracker{
		ResponseWriter: w, id: tidemark.RandomHex(8), started: time.Now(),
		remote: clientAddress(r, a.config.TrustedProxies), gzip: acceptsGzip(r.Header),
	}
	r = r.WithContext(withTracker(r.Context(), t))
	w.Header().Set("X-Request-Id", t.id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	defer a.logRequest(r, t)
	defer a.recoverPanic(t, r)
	a.dispatch(t, r)
}

func (a *api) dispatch(w *tracker, r *http.Request) {
	path := r.URL.EscapedPath()
	switch {
	case path == tokenPath || path == revokePath:
		a.oauth(w, r)
	case strings.HasPrefix(path, downloadPrefix):
		a.download(w, r)
	case strings.HasPrefix(path, "/api/"):
		a.operation(w, r)
	default:
		a.fail(w, r, notFound(r), false, false)
	}
}

// operation serves a row of the table, in the order that doc.go gives.
func (a *api) operation(w *tracker, r *http.Request) {
	caller, ok := a.authenticate(w, r)
	if !ok {
		return
	}
	w.publicID = caller.PublicID
	hint := strings.HasPrefix(r.URL.Path, ExtensionPrefix+"/")
	found, values := a.router.match(r.URL.EscapedPath())
	if found == nil {
		a.fail(w, r, notFound(r), hint, false)
		return
	}
	e := a.choose(w, r, found, hint)
	if e == nil {
		return
	}
	w.operation = e.id
	q := &request{
		ctx: r.Context(), http: r, caller: caller, endpoint: e,
		base: a.config.baseURL(r), maxBody: a.config.MaxBody,
		inTime: func(read func() error) error { return a.inTime(w, read) },
	}
	r.Body = http.MaxBytesReader(w, r.Body, a.config.MaxBody)
	body, err := a.result(w, q, values)
	switch {
	case err != nil:
	case q.stream != nil:
		err = q.stream(w)
	default:
		err = q.write(w, body)
	}
	if err != nil {
		a.fail(w, r, err, hint, q.pretty)
	}
}

// choose picks the endpoint of a method, or answers the request and returns
// nil. HEAD is GET whose body nobody sees.
func (a *api) choose(w http.ResponseWriter, r *http.Request, found map[string]*endpoint, hint bool) *endpoint {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	e, allow := found[method], allowed(found)
	switch {
	case e != nil && e.run != nil:
		return e
	case e != nil || allow == "": // documented; and where nothing of a path is served, no method is
		a.fail(w, r, notServed(r), hint, false)
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", allow)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", allow)
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
	return nil
}

// result reads the request and runs the operation.
func (a *api) result(w *tracker, q *request, values []string) (any, error) {
	if !q.extension() {
		version, err := resolve(q.http.Header.Values("Accept"), q.endpoint.versions)
		if err != nil {
			return nil, err
		}
		q.version = version.date
		setUnlessEmpty(w.Header(), "Deprecation", version.deprecation)
		setUnlessEmpty(w.Header(), "Sunset", version.sunset)
		if a.config.RefuseSunset && version.gone(a.config.Clock()) {
			return nil, tidemark.Errorf(codeVersionGone, "the version is past its sunset").
				WithParams(version.date, strings.TrimPrefix(q.http.URL.Path, "/"))
		}
	}
	if err := q.readPath(values); err != nil {
		return nil, err
	}
	if err := a.limit(w.Header(), q); err != nil {
		return nil, err
	}
	if err := q.readQuery(); err != nil {
		return nil, err
	}
	body, err := q.endpoint.run(a, q)
	return body, q.wrongFamily(err)
}

// fail answers with an error. One that is the service's own fault is logged,
// for the caller learns nothing of it.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error, hint, pretty bool) {
	p := problemOf(err)
	if p.Error == http.StatusInternalServerError {
		a.logFailure(r, err)
	}
	writeProblem(w, p, hint, pretty)
}

func (a *api) logFailure(r *http.Request, err error) {
	if r.Context().Err() != nil { // the client went away: nobody's fault
		return
	}
	a.config.Logger.LogAttrs(r.Context(), slog.LevelError, "request failed",
		slog.String("requestId", trackerOf(r).id), slog.String("error", err.Error()))
}

func (a *api) recoverPanic(t *tracker, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) { // meant: the answer is cut off
		panic(p)
	}
	a.config.Logger.LogAttrs(r.Context(), slog.LevelError, "panic in a handler",
		slog.String("requestId", t.id), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	if t.status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.fail(t, r, tidemark.Errorf(tidemark.CodeInternal, "panic: %v", p), false, false)
}

func notFound(r *http.Request) error {
	return tidemark.Errorf(tidemark.CodeResourceNotFound, "no resource at this path").WithParams(r.URL.Path)
}

func notServed(r *http.Request) error {
	return tidemark.Errorf(codeNotServed, "the operation is not served").WithParams(r.Method + " " + r.URL.Path)
}

func setUnlessEmpty(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}
