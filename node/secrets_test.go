package node_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/icholy/digest"

	"tidemark"
	"tidemark/client"
	"tidemark/restore/restoretest"
)

// buffer may be written and read at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}

// recorder keeps every answer, with its headers.
type recorder struct {
	answers *buffer
	next    http.RoundTripper
}

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	fmt.Fprintf(r.answers, "%s %s -> %s %v %s\n", req.Method, req.URL.Path, resp.Status, resp.Header, body)
	return resp, err
}

// absent fails the test if one of the secrets is there, in plain or escaped.
func absent(t *testing.T, where string, in []byte, secrets map[string]string) {
	t.Helper()
	for what, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if i := bytes.Index(in, []byte(form)); i >= 0 {
				t.Errorf("%s has %s: …%q…", where, what, in[max(0, i-200):min(len(in), i+80)])
				break
			}
		}
	}
}

// do sends a request of the owner's, of which only the answer counts.
func (r *raw) do(t *testing.T, method, path, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.base+path, strings.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", newestVersion)
	resp, err := r.by["owner"].Do(req)
	must(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer
}

const password = "hunter2/§wordfish"

// registered is a connection string with that password for a server of the test.
func registered(host string) string {
	u := url.URL{Scheme: "mongodb", Host: host, Path: "/", User: url.UserPassword("backup", password), RawQuery: "authMechanism=PLAIN"}
	return u.String()
}

// TestSecretsStaySecret uses a service in all its ways and then looks for
// secrets in what it answered, logged and stored.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	log, answers := &buffer{}, &buffer{}
	cfg := hasty(t)
	cfg.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := start(t, cfg)
	c := s.Credentials()
	r := newRaw(t, s.BaseURL())
	r.add(t, "owner", func(next http.RoundTripper) http.RoundTripper {
		return &digest.Transport{Username: c.PublicKey, Password: c.PrivateKey, Transport: recorder{answers, next}, NoReuse: true}
	})

	server := outside(t, filepath.Join(t.TempDir(), "outside"), "")
	d := restoretest.Connect(t, server.URI())
	restoretest.Fill(t, d, 100, 50)
	must(t, d.Close(t.Context()))
	own, atlas := ownPath+"/groups/"+s.project+"/instances", atlasPath+"/groups/"+s.project+"/serverless"
	r.do(t, http.MethodPost, own, with(map[string]any{"name": "shop", "uri": registered(server.Addr())}))
	// The password in every kind of connection string that is refused.
	for _, uri := range []string{
		registered(nobody()), registered(""), "mongodb://backup:" + password + "@" + server.Addr(), "http://backup:" + password + "@there",
		registered(server.Addr()) + "&nonsense=true&tls=perhaps", "mongodb+srv://backup:" + url.QueryEscape(password) + "@there.invalid/",
	} {
		r.do(t, http.MethodPost, own, with(map[string]any{"name": "refused", "uri": uri}))
	}
	if got := s.instance(t, "shop").URI; !strings.Contains(got, "backup") || !strings.Contains(got, server.Addr()) {
		t.Errorf("the connection string is shown as %s", got)
	}
	snapshot := s.snapshot(t, "shop").ID
	s.restore(t, "shop", snapshot, "shop")
	token := s.link(t, snapshot)
	must(t, server.Kill())
	failed := s.beginSnapshot(t, "shop")
	until(t, "the failure", func() bool { return s.getSnapshot(t, "shop", failed).Status == string(tidemark.SnapshotFailed) })
	if j := s.finished(t, "shop", s.beginRestore(t, "shop", snapshot, "shop")); j.State != string(tidemark.JobFailed) {
		t.Errorf("a restore onto a dead server: %+v", j)
	}
	for _, path := range []string{
		own, own + "/shop", own + "/shop/snapshots", own + "/shop/restoreJobs", own + "/shop/snapshots/" + failed,
		atlas, atlas + "/shop", atlas + "/shop/backup/snapshots", "/api/atlas/v2/groups", "/api/atlas/v2/orgs/" + c.OrgID + "/apiKeys",
	} {
		r.do(t, http.MethodGet, path, "")
	}

	inAnswers := map[string]string{"the password": password, "the private key": c.PrivateKey, "the client secret": c.ClientSecret}
	absent(t, "an answer", answers.bytes(), inAnswers)
	inFiles := map[string]string{"the token of a download": token}
	for what, secret := range r.makeKeys(t, "/api/atlas/v2/orgs/"+c.OrgID) {
		inFiles[what] = secret
	}
	for what, secret := range inAnswers {
		inFiles[what] = secret
	}
	s.scan(t, inFiles)
	s.stop(t)
	s.scan(t, inFiles)
	absent(t, "the log", log.bytes(), inFiles)
	if !bytes.Contains(log.bytes(), []byte("level=DEBUG")) || !bytes.Contains(answers.bytes(), []byte("backup:***@")) {
		t.Error("the test has not seen what it looks through")
	}
}

// makeKeys makes keys of both kinds, another secret, access lists and an access
// token, and returns what of them is secret.
func (r *raw) makeKeys(t *testing.T, org string) map[string]string {
	t.Helper()
	var key struct{ ID, PrivateKey string }
	must(t, json.Unmarshal(r.do(t, http.MethodPost, org+"/apiKeys", `{"desc":"ci","roles":["ORG_MEMBER"]}`), &key))
	var account struct {
		ClientID string
		Secrets  []struct{ Secret string }
	}
	must(t, json.Unmarshal(r.do(t, http.MethodPost, org+"/serviceAccounts",
		`{"name":"ci","description":"ci","roles":["ORG_MEMBER"],"secretExpiresAfterHours":8}`), &account))
	var second struct{ Secret string }
	path := org + "/serviceAccounts/" + account.ClientID
	must(t, json.Unmarshal(r.do(t, http.MethodPost, path+"/secrets", `{"secretExpiresAfterHours":8}`), &second))
	r.do(t, http.MethodPost, org+"/apiKeys/"+key.ID+"/accessList", `[{"ipAddress":"192.0.2.7"}]`)
	r.do(t, http.MethodPost, "/api/tidemark/v1/signingKeys", `{}`)

	form := strings.NewReader("grant_type=client_credentials")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.base+"/api/oauth/token", form)
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(account.ClientID, second.Secret)
	resp, err := http.DefaultTransport.RoundTrip(req)
	must(t, err)
	defer resp.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	must(t, json.NewDecoder(resp.Body).Decode(&token))
	secrets := map[string]string{
		"a private key": key.PrivateKey, "a client secret": account.Secrets[0].Secret, "another client secret": second.Secret,
		"an access token": token.AccessToken,
	}
	for what, secret := range secrets {
		if len(secret) < 32 {
			t.Fatalf("%s is %q", what, secret)
		}
	}
	return secrets
}

// link asks for a download and returns the secret part of its URL.
func (s *service) link(t *testing.T, snapshot string) string {
	t.Helper()
	answer, err := s.CreateRestoreJob(t.Context(), s.project, "shop", client.NewRestoreJob{DeliveryType: "download", SnapshotID: snapshot})
	j := s.finished(t, "shop", decoded[client.RestoreJob](t, answer, err).ID)
	if len(j.DeliveryURL) != 1 {
		t.Fatalf("the download is %+v", j)
	}
	fetch(t, j.DeliveryURL[0], "", http.StatusOK)
	_, rest, _ := strings.Cut(j.DeliveryURL[0], "/downloads/")
	token, _, _ := strings.Cut(rest, "/")
	return token
}

// scan looks for secrets in all files but the one that is made to keep them.
func (s *service) scan(t *testing.T, secrets map[string]string) {
	t.Helper()
	must(t, filepath.WalkDir(s.cfg.DataDir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || e.Name() == client.CredentialsFile {
			return err
		}
		content, err := os.ReadFile(path)
		absent(t, path, content, secrets)
		return err
	}))
}
