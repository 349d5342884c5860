package replaytest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// bearer puts an access token on requests.
type bearer struct {
	token string
	next  http.RoundTripper
}

func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(req)
}

// byToken gets one token, as the CLI does once a process and Terraform once a
// run.
func byToken(t *testing.T, target Target) http.RoundTripper {
	t.Helper()
	resp := oauth(t, target, "token", "grant_type=client_credentials")
	defer resp.Body.Close()
	var got struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("no token: status %d, %v", resp.StatusCode, err)
	}
	if got.TokenType != "Bearer" || got.ExpiresIn != 3600 {
		t.Errorf("the token is %+v", got)
	}
	// Terraform takes it back at the end of its run.
	t.Cleanup(func() {
		resp := oauth(t, target, "revoke", url.Values{"token": {got.AccessToken}, "token_type_hint": {"access_token"}}.Encode())
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("a revocation is answered %d", resp.StatusCode)
		}
	})
	return bearer{got.AccessToken, target.Transport}
}

// oauth posts a form with the client's credentials, each escaped for a query.
func oauth(t *testing.T, target Target, what, form string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, target.URL+"/api/oauth/"+what, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(url.QueryEscape(target.ClientID), url.QueryEscape(target.ClientSecret))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := target.Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
