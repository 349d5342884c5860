package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"tidemark"
	"tidemark/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// environment is a getenv of fixed values.
func environment(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func dataDir(t *testing.T, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, client.CredentialsFile), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFind(t *testing.T) {
	t.Parallel()
	one := dataDir(t, `{"baseUrl":"http://one","groupId":"g","publicKey":"p","privateKey":"q"}`)
	two := dataDir(t, `{"baseUrl":"http://two","clientId":"i","clientSecret":"s"}`)
	keys := []string{client.EnvPublicKey, "pub", client.EnvPrivateKey, "priv"}
	for name, c := range map[string]struct {
		data string
		env  []string
		base string
		code tidemark.Code
	}{
		"the flag wins":                {one, []string{client.EnvData, two, client.EnvURL, "http://three"}, "http://one", ""},
		"the address wins over a dir":  {"", append([]string{client.EnvData, two, client.EnvURL, "http://three/"}, keys...), "http://three", ""},
		"the directory":                {"", []string{client.EnvData, two}, "http://two", ""},
		"a service account":            {"", []string{client.EnvURL, "https://x:1", client.EnvClientID, "i", client.EnvClientSecret, "s"}, "https://x:1", ""},
		"nothing":                      {"", nil, "", tidemark.CodeTargetUnreachable},
		"an address without a key":     {"", []string{client.EnvURL, "http://x"}, "", tidemark.CodeUnauthenticated},
		"an address with a password":   {"", append([]string{client.EnvURL, "http://u:p@x"}, keys...), "", tidemark.CodeInvalidAttribute},
		"an address that is none":      {"", append([]string{client.EnvURL, "x:y"}, keys...), "", tidemark.CodeInvalidAttribute},
		"a directory without the file": {t.TempDir(), nil, "", tidemark.CodeTargetUnreachable},
		"a file that is another's":     {dataDir(t, `{}`), nil, "", tidemark.CodeInvalidData},
		"a file with half a key":       {dataDir(t, `{"baseUrl":"http://x","publicKey":"p"}`), nil, "", tidemark.CodeInvalidData},
		"a file that is not JSON":      {dataDir(t, `secret`), nil, "", tidemark.CodeInvalidData},
	} {
		got, err := client.Find(c.data, environment(c.env...))
		if tidemark.ErrorCode(err) != c.code || got.BaseURL != c.base {
			t.Errorf("%s: %q, %v", name, got.BaseURL, err)
		}
		if err != nil && tidemark.ErrorHint(err) == "" {
			t.Errorf("%s: no hint with %v", name, err)
		}
	}
}

// answers serves one answer.
func answers(t *testing.T, status int, body string) *client.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	c := client.New(client.Credentials{BaseURL: s.URL, PublicKey: "p", PrivateKey: "q"})
	t.Cleanup(c.Close)
	return c
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     int
		body       string
		code       tidemark.Code
		says, hint string
	}{
		{404, `{"detail":"No cluster.","error":404,"errorCode":"CLUSTER_NOT_FOUND","parameters":["x"],"reason":"Not Found"}`, "CLUSTER_NOT_FOUND", "No cluster.", ""},
		{409, `{"detail":"Busy.","errorCode":"B","hint":"Wait."}`, "B", "Busy.", "Wait."},
		{401, `{"error":401,"reason":"Unauthorized","detail":"You are not authorized for this resource."}`, "UNAUTHORIZED", "not authorized", "secret is wrong"},
		{502, `<html>`, tidemark.CodeInternal, "status 502", "address"},
	} {
		_, err := answers(t, c.status, c.body).Atlas(t.Context(), http.MethodGet, "/groups", nil)
		if tidemark.ErrorCode(err) != c.code || !strings.Contains(err.Error(), c.says) || !strings.Contains(tidemark.ErrorHint(err), c.hint) {
			t.Errorf("%d %s: %v, code %s, hint %q", c.status, c.body, err, tidemark.ErrorCode(err), tidemark.ErrorHint(err))
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	c := client.New(client.Credentials{BaseURL: "http://127.0.0.1:1", PublicKey: "p", PrivateKey: "q"})
	if _, err := c.Atlas(t.Context(), http.MethodGet, "/groups", nil); tidemark.ErrorCode(err) != tidemark.CodeTargetUnreachable || tidemark.ErrorHint(err) == "" {
		t.Errorf("%v", err)
	}
}

func TestEveryPageOfAListIsRead(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := map[string]int{"1": 500, "2": 500, "3": 7}[r.URL.Query().Get("pageNum")]
		_ = json.NewEncoder(w).Encode(map[string]any{"results": make([]struct{}, n), "totalCount": 1007})
	}))
	t.Cleanup(s.Close)
	c := client.New(client.Credentials{BaseURL: s.URL, PublicKey: "p", PrivateKey: "q"})
	t.Cleanup(c.Close)
	answer, err := c.ListInstances(t.Context(), "g")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := client.Results[client.Instance](answer); err != nil || len(all) != 1007 {
		t.Errorf("%d results, %v", len(all), err)
	}
}

func TestDefaultProject(t *testing.T) {
	t.Parallel()
	one := answers(t, 200, `{"results":[{"id":"a","name":"A"}]}`)
	if got, err := one.DefaultProject(t.Context()); got != "a" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	two := answers(t, 200, `{"results":[{"id":"a","name":"A"},{"id":"b","name":"B"}]}`)
	if _, err := two.DefaultProject(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeMissingAttribute || !strings.Contains(tidemark.ErrorHint(err), "b (B)") {
		t.Errorf("%v", err)
	}
}

func TestBearerTokenIsAskedForOnce(t *testing.T) {
	t.Parallel()
	var tokens, calls atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/oauth/token" {
			tokens.Add(1)
			id, secret, _ := r.BasicAuth()
			if id != "mdb%26id" || secret != "s" || r.FormValue("grant_type") != "client_credentials" {
				t.Errorf("asked with %q, %q", id, secret)
			}
			_, _ = io.WriteString(w, `{"access_token":"tok","expires_in":3600,"token_type":"Bearer"}`)
			return
		}
		calls.Add(1)
		if r.Header.Get("Authorization") != "Bearer tok" {
			t.Errorf("called with %q", r.Header.Get("Authorization"))
		}
		_, _ = io.WriteString(w, `{}`)
	}))
	t.Cleanup(s.Close)
	c := client.New(client.Credentials{BaseURL: s.URL, ClientID: "mdb&id", ClientSecret: "s"})
	t.Cleanup(c.Close)
	for range 3 {
		if _, err := c.Atlas(t.Context(), http.MethodGet, "/orgs", nil); err != nil {
			t.Fatal(err)
		}
	}
	if tokens.Load() != 1 || calls.Load() != 3 {
		t.Errorf("%d tokens, %d calls", tokens.Load(), calls.Load())
	}
}

func TestWrongServiceAccount(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error_description":"Invalid credentials provided.","error":"invalid_client"}`)
	}))
	t.Cleanup(s.Close)
	c := client.New(client.Credentials{BaseURL: s.URL, ClientID: "i", ClientSecret: "s"})
	t.Cleanup(c.Close)
	_, err := c.Atlas(t.Context(), http.MethodGet, "/orgs", nil)
	if tidemark.ErrorCode(err) != tidemark.CodeUnauthenticated || !strings.Contains(err.Error(), "Invalid credentials") {
		t.Errorf("%v", err)
	}
}
