package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"tidemark"
)

// AccessEntry is an entry of the access list of a key.
type AccessEntry struct {
	Network         string `json:"cidrBlock"`
	LastUsedAddress string `json:"lastUsedAddress"`
}

// accessList is the path of a key's access list: an API key goes by its ID, a
// service account by its client ID.
func accessList(org, key string) string {
	keys := serviceAccounts(org)
	if _, ok := tidemark.ParseID(key); ok {
		keys = apiKeys(org)
	}
	return keys + "/" + url.PathEscape(key) + "/accessList"
}

// ListAccess lists the networks from which a key may be used; none is any.
func (c *Client) ListAccess(ctx context.Context, org, key string) (json.RawMessage, error) {
	return listAll(ctx, c.Atlas, accessList(org, key))
}

// AddAccess adds addresses, or networks in CIDR notation.
func (c *Client) AddAccess(ctx context.Context, org, key string, networks []string) (json.RawMessage, error) {
	var entries []map[string]string
	for _, n := range networks {
		attribute := "ipAddress"
		if strings.Contains(n, "/") {
			attribute = "cidrBlock"
		}
		entries = append(entries, map[string]string{attribute: n})
	}
	return c.Atlas(ctx, http.MethodPost, accessList(org, key), entries)
}

// RemoveAccess takes an address or network off the list.
func (c *Client) RemoveAccess(ctx context.Context, org, key, network string) (json.RawMessage, error) {
	return c.Atlas(ctx, http.MethodDelete, accessList(org, key)+"/"+url.PathEscape(network), nil)
}

// RotateSigningKey makes another key that signs access tokens. Tokens there are
// stay good until they expire, unless they are revoked.
func (c *Client) RotateSigningKey(ctx context.Context, revokeTokens bool) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodPost, "/signingKeys", map[string]bool{"revokeTokens": revokeTokens})
}
