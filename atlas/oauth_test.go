package atlas_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tidemark/atlas"
)

// form posts a form.
func (f *fixture) form(path, form, user, password string) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+path, strings.NewReader(form))
	if err != nil {
		f.t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(url.QueryEscape(user), url.QueryEscape(password))
	}
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if a := req.Header.Get("Authorization"); a != "" {
		h.Set("Authorization", a)
	}
	return f.do(call{method: http.MethodPost, path: path, body: form, header: h}, f.checked)
}

const tokenPath, revokePath, grant = "/api/oauth/token", "/api/oauth/revoke", "grant_type=client_credentials"

func (f *fixture) token() string {
	f.t.Helper()
	return f.form(tokenPath, grant, f.Account.PublicID, f.Account.Secret).is(http.StatusOK).object()["access_token"].(string)
}

func TestToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.form(tokenPath, grant, f.Account.PublicID, f.Account.Secret).is(http.StatusOK)
	if m := got.object(); m["expires_in"] != 3600.0 || m["token_type"] != "Bearer" || len(m) != 3 {
		t.Errorf("the token is %s", got.body)
	}
	if got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers are %v", got.header)
	}
	inForm := url.Values{"grant_type": {"client_credentials"}, "client_id": {f.Account.PublicID}, "client_secret": {f.Account.Secret}}
	f.form(tokenPath, inForm.Encode(), "", "").is(http.StatusOK)

	for name, c := range map[string]struct {
		form, user, password, code string
		status                     int
	}{
		"wrong secret":    {grant, f.Account.PublicID, "wrong", "invalid_client", http.StatusUnauthorized},
		"unknown account": {grant, "mdb_sa_id_x", f.Account.Secret, "invalid_client", http.StatusUnauthorized},
		"an API key":      {grant, f.Owner.PublicID, f.Owner.Secret, "invalid_client", http.StatusUnauthorized},
		"nothing":         {grant, "", "", "invalid_client", http.StatusUnauthorized},
		"both":            {inForm.Encode(), f.Account.PublicID, f.Account.Secret, "invalid_client", http.StatusUnauthorized},
		"no grant":        {"x=y", f.Account.PublicID, f.Account.Secret, "invalid_request", http.StatusBadRequest},
		"other grant":     {"grant_type=password", f.Account.PublicID, f.Account.Secret, "unsupported_grant_type", http.StatusBadRequest},
		"no form":         {"%zz", f.Account.PublicID, f.Account.Secret, "invalid_request", http.StatusBadRequest},
		"grant twice":     {grant + "&" + grant, f.Account.PublicID, f.Account.Secret, "invalid_request", http.StatusBadRequest},
		"half a pair":     {grant + "&client_id=" + f.Account.PublicID, "", "", "invalid_client", http.StatusUnauthorized},
		"a huge form":     {grant + "&x=" + strings.Repeat("x", 70_000), f.Account.PublicID, f.Account.Secret, "invalid_request", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.form(tokenPath, c.form, c.user, c.password).is(c.status)
			if m := got.object(); m["error"] != c.code || m["error_description"] == "" {
				t.Errorf("the error is %s", got.body)
			}
		})
	}
	if got := f.form(tokenPath, grant, "x", "y"); string(got.body) != `{"error_description":"Invalid credentials provided.","error":"invalid_client"}` {
		t.Errorf("the error is %s", got.body)
	}
	for method, status := range map[string]int{http.MethodGet: http.StatusMethodNotAllowed, http.MethodOptions: http.StatusNoContent} {
		if got := f.bare(method, tokenPath, "").is(status); got.header.Get("Allow") != "OPTIONS, POST" {
			t.Errorf("%s: Allow is %q", method, got.header.Get("Allow"))
		}
	}
}

// TestTokenQuery: the endpoint takes pretty and envelope, as others do.
func TestTokenQuery(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.form(tokenPath+"?pretty=true&envelope=true", grant, f.Account.PublicID, f.Account.Secret).is(http.StatusOK)
	if m := got.object(); m["status"] != 200.0 || m["content"].(map[string]any)["token_type"] != "Bearer" || !strings.Contains(string(got.body), "\n  ") {
		t.Errorf("the token is %s", got.body)
	}
	bad := f.form(tokenPath+"?envelope=true", grant, f.Account.PublicID, "wrong").is(http.StatusUnauthorized)
	if bad.object()["error"] != "invalid_client" {
		t.Errorf("the error is %s", bad.body)
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token := f.token()
	f.bare(http.MethodGet, f.group(), "Bearer "+token).is(http.StatusOK)
	if got := f.bare(http.MethodGet, "/api/atlas/v2", "bearer "+token).is(http.StatusOK).object(); got["apiKey"] != nil {
		t.Errorf("a service account has the API key %v", got["apiKey"])
	}
	got := f.bare(http.MethodGet, f.group(), "Bearer "+token+"x").is(http.StatusUnauthorized)
	if h := got.header.Values("WWW-Authenticate"); h[len(h)-1] != `Bearer error="invalid_token"` {
		t.Errorf("challenges are %q", h)
	}
	f.clock.advance(time.Hour)
	f.bare(http.MethodGet, f.group(), "Bearer "+token).is(http.StatusUnauthorized)
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	token := f.token()
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}.Encode()
	f.form(revokePath, form, f.Account.PublicID, "wrong").is(http.StatusUnauthorized)
	f.form(revokePath, "", f.Account.PublicID, f.Account.Secret).is(http.StatusBadRequest)
	f.bare(http.MethodGet, f.group(), "Bearer "+token).is(http.StatusOK)
	if got := f.form(revokePath, form, f.Account.PublicID, f.Account.Secret).is(http.StatusOK); len(got.body) != 0 {
		t.Errorf("the body is %s", got.body)
	}
	f.bare(http.MethodGet, f.group(), "Bearer "+token).is(http.StatusUnauthorized)
	f.form(revokePath, form, f.Account.PublicID, f.Account.Secret).is(http.StatusOK)
}

func TestTokenLockOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.MaxFailures = 2 })
	for range 2 {
		f.form(tokenPath, grant, f.Account.PublicID, "wrong").is(http.StatusUnauthorized)
	}
	f.form(tokenPath, grant, f.Account.PublicID, f.Account.Secret).is(http.StatusTooManyRequests)
}
