package client

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"tidemark"
)

// CredentialsFile is the name of the file in a data directory that lets the
// command line of the same machine in.
const CredentialsFile = "credentials.json"

// Environment variables that say where the service is.
const (
	EnvData         = "TIDEMARK_DATA"
	EnvURL          = "TIDEMARK_URL"
	EnvProject      = "TIDEMARK_PROJECT_ID"
	EnvOrg          = "TIDEMARK_ORG_ID"
	EnvPublicKey    = "TIDEMARK_PUBLIC_KEY"
	EnvPrivateKey   = "TIDEMARK_PRIVATE_KEY"
	EnvClientID     = "TIDEMARK_CLIENT_ID"
	EnvClientSecret = "TIDEMARK_CLIENT_SECRET"
)

// Credentials is the content of credentials.json: where the service listens
// and the first keys that it made.
type Credentials struct {
	BaseURL      string `json:"baseUrl"`
	OrgID        string `json:"orgId"`
	GroupID      string `json:"groupId"`
	PublicKey    string `json:"publicKey"`
	PrivateKey   string `json:"privateKey"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
}

// hasKey says whether there is a whole key of either kind.
func (c Credentials) hasKey() bool {
	return c.PublicKey != "" && c.PrivateKey != "" || c.ClientID != "" && c.ClientSecret != ""
}

// ReadCredentials reads the credentials of a data directory.
func ReadCredentials(dataDir string) (Credentials, error) {
	path := filepath.Join(dataDir, CredentialsFile)
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Credentials{}, tidemark.Errorf(tidemark.CodeTargetUnreachable, "there is no %s in %s", CredentialsFile, dataDir).
			WithHint("Start the service there first: tidemark serve --data %s", dataDir)
	case err != nil:
		return Credentials{}, tidemark.Errorf(tidemark.CodeTargetUnreachable, "cannot read the credentials: %w", err).
			WithHint("Run this as the user who started the service.")
	}
	var c Credentials
	if err := json.Unmarshal(b, &c); err != nil || c.BaseURL == "" || !c.hasKey() {
		return Credentials{}, tidemark.Errorf(tidemark.CodeInvalidData, "%s is not the credentials file of a Tidemark service", path).
			WithHint("Put it back from a copy, or remove it and start the service again, which makes new keys.")
	}
	return c, nil
}

// Find says where the service is: dataDir if it is not empty, else what
// TIDEMARK_URL and the keys beside it say, else the directory TIDEMARK_DATA.
// getenv is os.Getenv but for tests.
func Find(dataDir string, getenv func(string) string) (Credentials, error) {
	if dataDir != "" {
		return ReadCredentials(dataDir)
	}
	if base := getenv(EnvURL); base != "" {
		return fromEnvironment(base, getenv)
	}
	if dir := getenv(EnvData); dir != "" {
		return ReadCredentials(dir)
	}
	return Credentials{}, tidemark.Errorf(tidemark.CodeTargetUnreachable, "no Tidemark service is named").
		WithHint("Give --data DIR (or set %s) for a service on this machine, or set %s and a key for another.", EnvData, EnvURL)
}

func fromEnvironment(base string, getenv func(string) string) (Credentials, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return Credentials{}, tidemark.Errorf(tidemark.CodeInvalidAttribute, "%s is not an address of a service", EnvURL).
			WithHint("It looks like https://backup.example.net:8080, without a user or password.")
	}
	c := Credentials{
		BaseURL: strings.TrimRight(base, "/"), OrgID: getenv(EnvOrg), GroupID: getenv(EnvProject),
		PublicKey: getenv(EnvPublicKey), PrivateKey: getenv(EnvPrivateKey),
		ClientID: getenv(EnvClientID), ClientSecret: getenv(EnvClientSecret),
	}
	if !c.hasKey() {
		return Credentials{}, tidemark.Errorf(tidemark.CodeUnauthenticated, "%s is set, but there is no key to speak with", EnvURL).
			WithHint("Set %s and %s, or %s and %s.", EnvPublicKey, EnvPrivateKey, EnvClientID, EnvClientSecret)
	}
	return c, nil
}
