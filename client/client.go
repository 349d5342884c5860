package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/icholy/digest"

	"tidemark"
)

const (
	atlasPrefix     = "/api/atlas/v2"
	extensionPrefix = "/api/tidemark/v1"
	// mediaType is the version of the API that this client was written for.
	mediaType = "application/vnd.atlas.2025-03-12+json"
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 64 << 20
)

// Client calls one service.
type Client struct {
	credentials Credentials
	http        *http.Client
	connections *http.Transport
}

// New returns a client. It prefers the API key if the credentials have both
// kinds of key. It does not call the service yet.
func New(c Credentials) *Client {
	base := http.DefaultTransport.(*http.Transport).Clone()
	var transport http.RoundTripper
	if c.PublicKey != "" && c.PrivateKey != "" {
		transport = &digest.Transport{Username: c.PublicKey, Password: c.PrivateKey, Transport: refusals{base}}
	} else {
		transport = &bearerTransport{credentials: c, next: base}
	}
	return &Client{credentials: c, http: &http.Client{Transport: transport, Timeout: 2 * time.Minute}, connections: base}
}

// Close lets go of idle connections. The client can be used on.
func (c *Client) Close() { c.connections.CloseIdleConnections() }

// Credentials returns what the client was made with.
func (c *Client) Credentials() Credentials { return c.credentials }

// Atlas calls an operation of the Atlas Admin API; path starts behind
// /api/atlas/v2. body is sent as JSON unless nil. The raw answer is returned.
func (c *Client) Atlas(ctx context.Context, method, path string, body any) (json.RawMessage, error) {
	return c.do(ctx, method, atlasPrefix+path, mediaType, body)
}

// Extension calls an operation under /api/tidemark/v1.
func (c *Client) Extension(ctx context.Context, method, path string, body any) (json.RawMessage, error) {
	return c.do(ctx, method, extensionPrefix+path, "application/json", body)
}

func (c *Client) do(ctx context.Context, method, path, accept string, body any) (json.RawMessage, error) {
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		reader = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.credentials.BaseURL+path, reader)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Accept", accept)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode >= 300 {
		return nil, refusal(resp.StatusCode, answer)
	}
	return answer, nil
}

// unreachable says why there is no answer. Errors of the token endpoint are
// refusals already.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if te, ok := errors.AsType[*tidemark.Error](err); ok {
		return te
	}
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return tidemark.Errorf(tidemark.CodeTargetUnreachable, "the service at %s does not answer: %w", c.credentials.BaseURL, err).
		WithHint("See whether it runs: tidemark serve --data DIR")
}

// apiError is the error body of the API.
type apiError struct {
	Detail     string `json:"detail"`
	Error      int    `json:"error"`
	ErrorCode  string `json:"errorCode"`
	Parameters []any  `json:"parameters"`
	Reason     string `json:"reason"`
	Hint       string `json:"hint"`
}

// refusal turns an error answer into an error. The code is Atlas's errorCode.
func refusal(status int, answer []byte) error {
	var e apiError
	if err := json.Unmarshal(answer, &e); err != nil || e.Detail == "" {
		return tidemark.Errorf(tidemark.CodeInternal, "the service answered with status %d and no reason", status).
			WithHint("Check that the address is that of a Tidemark service.")
	}
	if e.ErrorCode == "" {
		e.ErrorCode = strings.ToUpper(strings.ReplaceAll(e.Reason, " ", "_"))
	}
	out := tidemark.Errorf(tidemark.Code(e.ErrorCode), "%s", e.Detail).WithParams(e.Parameters...)
	out.Hint = e.Hint
	if out.Hint == "" && status == http.StatusUnauthorized && e.ErrorCode == "UNAUTHORIZED" {
		out.Hint = "The key is not known to the service, or its secret is wrong."
	}
	return out
}
