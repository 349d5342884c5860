package node_test

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark"
	"tidemark/client"
	"tidemark/node"
)

// credentialsFile reads credentials.json as it is.
func credentialsFile(t *testing.T, dir string) map[string]string {
	t.Helper()
	path := filepath.Join(dir, client.CredentialsFile)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v", path, info.Mode())
	}
	b, err := os.ReadFile(path)
	must(t, err)
	var fields map[string]string
	must(t, json.Unmarshal(b, &fields))
	return fields
}

// works fails the test unless both kinds of key let their owner in.
func works(t *testing.T, c client.Credentials) {
	t.Helper()
	key, account := c, c
	key.ClientID, key.ClientSecret = "", ""
	account.PublicKey, account.PrivateKey = "", ""
	for _, c := range []client.Credentials{key, account} {
		answer, err := client.New(c).Atlas(t.Context(), http.MethodGet, "/groups/"+c.GroupID, nil)
		if got := decoded[struct{ OrgID string }](t, answer, err).OrgID; got != c.OrgID {
			t.Errorf("the project is in organization %s, not %s", got, c.OrgID)
		}
	}
}

func TestFirstStartMakesCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	fields := credentialsFile(t, s.cfg.DataDir)
	for _, name := range strings.Fields("baseUrl orgId groupId publicKey privateKey clientId clientSecret") {
		if fields[name] == "" {
			t.Errorf("%s is missing or empty", name)
		}
		delete(fields, name)
	}
	if len(fields) > 0 {
		t.Errorf("credentials.json has more fields: %v", slices.Collect(maps.Keys(fields)))
	}
	c := s.Credentials()
	for _, id := range []string{c.OrgID, c.GroupID} {
		if _, ok := tidemark.ParseID(id); !ok {
			t.Errorf("%q is no ID", id)
		}
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Scheme != "http" || u.Hostname() != "127.0.0.1" || u.Port() == "" || u.Port() == "0" {
		t.Errorf("the base URL is %s", c.BaseURL)
	}
	works(t, c)
}

func TestDataDirectoryIsClosedToOthers(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	s.create(t, "shop", "")
	s.snapshot(t, "shop")
	must(t, filepath.WalkDir(s.cfg.DataDir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	}))
}

func TestLaterStartsKeepKeysAndFollowTheAddress(t *testing.T) {
	t.Parallel()
	first := start(t, config(t))
	before := first.Credentials()
	first.stop(t)
	if _, err := first.Atlas(t.Context(), http.MethodGet, "/groups", nil); tidemark.ErrorCode(err) != tidemark.CodeTargetUnreachable {
		t.Errorf("a stopped service answers: %v", err)
	}

	// Another listener takes the old port, so the new one must differ.
	u, err := url.Parse(before.BaseURL)
	must(t, err)
	squatter, err := net.Listen("tcp", u.Host)
	must(t, err)
	defer squatter.Close()
	cfg := first.cfg
	cfg.Listen = "0.0.0.0:0"
	second := start(t, cfg)
	after := second.Credentials()
	if after.BaseURL == before.BaseURL || !strings.HasPrefix(after.BaseURL, "http://127.0.0.1:") {
		t.Errorf("the base URL was %s and is %s", before.BaseURL, after.BaseURL)
	}
	works(t, after)
	if fields := credentialsFile(t, cfg.DataDir); fields["baseUrl"] != after.BaseURL {
		t.Errorf("credentials.json has %s, the service %s", fields["baseUrl"], after.BaseURL)
	}
	after.BaseURL = before.BaseURL
	if after != before {
		t.Errorf("the credentials were %+v and are %+v", before, after)
	}
}

func TestLostCredentialsAreMadeAgain(t *testing.T) {
	t.Parallel()
	first := start(t, config(t))
	before := first.Credentials()
	first.stop(t)
	must(t, os.Remove(filepath.Join(first.cfg.DataDir, client.CredentialsFile)))

	second := start(t, first.cfg)
	after := second.Credentials()
	if after.OrgID != before.OrgID || after.GroupID != before.GroupID {
		t.Errorf("the credentials were for %s and %s, and are for %s and %s", before.OrgID, before.GroupID, after.OrgID, after.GroupID)
	}
	if after.PrivateKey == before.PrivateKey || after.ClientSecret == before.ClientSecret {
		t.Error("secrets came back that nobody should have kept")
	}
	works(t, after)
	credentialsFile(t, first.cfg.DataDir)
}

func TestSecondServiceOnADirectoryIsRefused(t *testing.T) {
	t.Parallel()
	first := start(t, config(t))
	n, err := node.Start(t.Context(), first.cfg)
	if err == nil {
		_ = n.Stop(t.Context())
	}
	if tidemark.ErrorCode(err) != tidemark.CodeConflict || tidemark.ErrorHint(err) == "" || !strings.Contains(err.Error(), "another") {
		t.Errorf("the second start ended with %v (code %s, hint %q)", err, tidemark.ErrorCode(err), tidemark.ErrorHint(err))
	}
	works(t, first.Credentials())
	if got := credentialsFile(t, first.cfg.DataDir)["baseUrl"]; got != first.BaseURL() {
		t.Errorf("the refused start has written %s over the base URL %s", got, first.BaseURL())
	}
}

func TestTakenAddressIsRefused(t *testing.T) {
	t.Parallel()
	squatter, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer squatter.Close()
	cfg := config(t)
	cfg.Listen = squatter.Addr().String()
	if _, err = node.Start(t.Context(), cfg); tidemark.ErrorCode(err) != tidemark.CodeInvalidAttribute || !strings.Contains(tidemark.ErrorHint(err), "--listen") {
		t.Errorf("starting on a taken address: %v (code %s, hint %q)", err, tidemark.ErrorCode(err), tidemark.ErrorHint(err))
	}
	// What the failed start had opened is closed again.
	cfg.Listen = "127.0.0.1:0"
	works(t, start(t, cfg).Credentials())
}

func TestStartWithoutADirectory(t *testing.T) {
	t.Parallel()
	if _, err := node.Start(t.Context(), node.Config{}); tidemark.ErrorCode(err) != tidemark.CodeMissingAttribute {
		t.Errorf("starting without a data directory: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := node.Start(t.Context(), node.Config{DataDir: file}); tidemark.ErrorCode(err) != tidemark.CodeInvalidAttribute || tidemark.ErrorHint(err) == "" {
		t.Errorf("starting on a file: %v", err)
	}
}

func TestDamagedFilesAreNamed(t *testing.T) {
	t.Parallel()
	other := start(t, config(t))
	other.stop(t)
	otherKey, err := os.ReadFile(filepath.Join(other.cfg.DataDir, "master.key"))
	must(t, err)

	s := start(t, config(t))
	s.stop(t)
	for _, c := range []struct {
		file    string
		content []byte // nil: the file is gone
		code    tidemark.Code
	}{
		{client.CredentialsFile, []byte(`{"baseUrl": "http://127.`), tidemark.CodeInvalidData},
		{client.CredentialsFile, []byte(`{}`), tidemark.CodeInvalidData},
		{client.CredentialsFile, []byte(`{"baseUrl":"http://127.0.0.1:1"}`), tidemark.CodeInvalidData},
		{"master.key", []byte("0123456789"), tidemark.CodeWrongMasterKey},
		{"master.key", otherKey, tidemark.CodeWrongMasterKey},
		{"master.key", nil, tidemark.CodeWrongMasterKey},
		{"tidemark.db", []byte("0123456789"), tidemark.CodeInvalidData},
	} {
		path := filepath.Join(s.cfg.DataDir, c.file)
		original, err := os.ReadFile(path)
		must(t, err)
		if c.content == nil {
			must(t, os.Remove(path))
		} else {
			must(t, os.WriteFile(path, c.content, 0o600))
		}
		n, err := node.Start(t.Context(), s.cfg)
		if err == nil {
			_ = n.Stop(t.Context())
		}
		if tidemark.ErrorCode(err) != c.code || tidemark.ErrorHint(err) == "" {
			t.Errorf("%s as %.20q: %v (code %s, hint %q)", c.file, c.content, err, tidemark.ErrorCode(err), tidemark.ErrorHint(err))
		}
		must(t, os.WriteFile(path, original, 0o600))
	}
	works(t, start(t, s.cfg).Credentials())
}
