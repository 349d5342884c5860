package client

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tidemark"
)

// bearerTransport gets an access token for a service account once and sends it
// with every request.
type bearerTransport struct {
	credentials Credentials
	next        http.RoundTripper

	mu    sync.Mutex
	token string
	until time.Time // when to get another
}

// RoundTrip implements http.RoundTripper.
func (t *bearerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := t.accessToken(req)
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+token)
	return t.next.RoundTrip(req)
}

func (t *bearerTransport) accessToken(of *http.Request) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.until) {
		return t.token, nil
	}
	form := strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode())
	req, err := http.NewRequestWithContext(of.Context(), http.MethodPost, t.credentials.BaseURL+"/api/oauth/token", form)
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(t.credentials.ClientID), url.QueryEscape(t.credentials.ClientSecret))
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil || answer.AccessToken == "" {
		if answer.Description == "" {
			answer.Description = "no access token was given"
		}
		return "", tidemark.Errorf(tidemark.CodeUnauthenticated, "the service account was refused: %s", answer.Description).
			WithHint("Check %s and %s.", EnvClientID, EnvClientSecret)
	}
	t.token = answer.AccessToken
	// A minute before its end, so that no request is under way when it ends.
	t.until = time.Now().Add(time.Duration(answer.ExpiresIn)*time.Second - time.Minute)
	return t.token, nil
}
