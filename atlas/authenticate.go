package atlas

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/icholy/digest"

	"tidemark"
)

// unauthorized is the body of a 401 that asks for credentials, as Atlas's
// realm writes it: indented, and without an errorCode.
const unauthorized = `{
  "error" : 401,
  "reason" : "Unauthorized",
  "detail" : "You are not authorized for this resource."
}`

// authenticate finds the caller, or answers the request and returns false.
func (a *api) authenticate(w http.ResponseWriter, r *http.Request) (tidemark.Caller, bool) {
	address, header := remoteAddress(r), r.Header.Get("Authorization")
	if header == "" {
		a.challenge(w, r, false, false)
		return tidemark.Caller{}, false
	}
	user := ""
	signed, err := digest.ParseCredentials(header)
	if err == nil {
		user = signed.Username
	}
	if a.tooMany(w, r, address, user) {
		return tidemark.Caller{}, false
	}
	caller, v, err := a.check(r, header, signed)
	switch {
	case err != nil:
		a.fail(w, r, err, false, false)
	case v == granted:
		caller.RemoteAddr = address
		if err := a.service.Admit(caller); err != nil {
			a.fail(w, r, err, false, false)
			return tidemark.Caller{}, false
		}
		return caller, true
	default:
		if v == refused {
			a.throttle.failed(address, user)
		}
		a.challenge(w, r, v == stale, isBearer(header))
	}
	return tidemark.Caller{}, false
}

// check finds the caller of an Authorization header; signed is nil unless it
// has digest credentials.
func (a *api) check(r *http.Request, header string, signed *digest.Credentials) (tidemark.Caller, verdict, error) {
	switch {
	case signed != nil:
		return a.digester.check(r.Context(), r, signed)
	case isBearer(header):
		return a.bearer(r.Context(), header)
	}
	return tidemark.Caller{}, refused, nil
}

func isBearer(header string) bool {
	scheme, _, _ := strings.Cut(header, " ")
	return strings.EqualFold(scheme, "Bearer")
}

// challenge answers 401.
func (a *api) challenge(w http.ResponseWriter, r *http.Request, stale, bearer bool) {
	a.drain(w, r)
	h := w.Header()
	a.digester.challenge(h, stale)
	if bearer {
		h.Add("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	send(w, http.StatusUnauthorized, []byte(unauthorized))
}

// bearer finds the caller of an access token.
func (a *api) bearer(ctx context.Context, header string) (tidemark.Caller, verdict, error) {
	_, token, _ := strings.Cut(header, " ")
	caller, err := a.service.Bearer(ctx, strings.TrimSpace(token))
	switch tidemark.ErrorCode(err) {
	case "":
		return caller, granted, nil
	case tidemark.CodeUnauthenticated:
		return tidemark.Caller{}, refused, nil
	}
	return tidemark.Caller{}, refused, err
}

// tooMany answers 429 to an address that has failed too often.
func (a *api) tooMany(w http.ResponseWriter, r *http.Request, address, user string) bool {
	seconds := a.throttle.wait(address, user)
	if seconds == 0 {
		return false
	}
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	a.fail(w, r, tidemark.Errorf(codeTooManyFailures, "too many failed authentications").WithParams(seconds), false, false)
	return true
}
