package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// APIKey is a key of digest authentication. PrivateKey is whole only in the
// answer that made it.
type APIKey struct {
	ID          string `json:"id"`
	Description string `json:"desc"`
	PublicKey   string `json:"publicKey"`
	PrivateKey  string `json:"privateKey"`
	Roles       []Role `json:"roles"`
}

// Role is a role of an API key.
type Role struct {
	Name      string `json:"roleName"`
	OrgID     string `json:"orgId,omitempty"`
	ProjectID string `json:"groupId,omitempty"`
}

// ServiceAccount is a client of OAuth 2.0. Secrets are whole only in the
// answer that made them.
type ServiceAccount struct {
	ClientID    string   `json:"clientId"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Roles       []string `json:"roles"`
	Secrets     []struct {
		Secret    string    `json:"secret"`
		ExpiresAt time.Time `json:"expiresAt"`
	} `json:"secrets"`
}

// yearInHours is the longest life of a service account's secret.
const yearInHours = 365 * 24

func apiKeys(org string) string { return "/orgs/" + url.PathEscape(org) + "/apiKeys" }

func serviceAccounts(org string) string { return "/orgs/" + url.PathEscape(org) + "/serviceAccounts" }

// ListAPIKeys lists the API keys of an organization.
func (c *Client) ListAPIKeys(ctx context.Context, org string) (json.RawMessage, error) {
	return listAll(ctx, c.Atlas, apiKeys(org))
}

// CreateAPIKey makes an API key with roles in the organization.
func (c *Client) CreateAPIKey(ctx context.Context, org, description string, roles []string) (json.RawMessage, error) {
	return c.Atlas(ctx, http.MethodPost, apiKeys(org), map[string]any{"desc": description, "roles": roles})
}

// DeleteAPIKey deletes an API key.
func (c *Client) DeleteAPIKey(ctx context.Context, org, id string) (json.RawMessage, error) {
	return c.Atlas(ctx, http.MethodDelete, apiKeys(org)+"/"+url.PathEscape(id), nil)
}

// ListServiceAccounts lists the service accounts of an organization.
func (c *Client) ListServiceAccounts(ctx context.Context, org string) (json.RawMessage, error) {
	return listAll(ctx, c.Atlas, serviceAccounts(org))
}

// CreateServiceAccount makes a service account with roles in the organization
// and one secret that lives a year.
func (c *Client) CreateServiceAccount(ctx context.Context, org, name string, roles []string) (json.RawMessage, error) {
	return c.Atlas(ctx, http.MethodPost, serviceAccounts(org), map[string]any{
		"name": name, "description": name, "roles": roles, "secretExpiresAfterHours": yearInHours,
	})
}

// DeleteServiceAccount deletes a service account by its client ID.
func (c *Client) DeleteServiceAccount(ctx context.Context, org, clientID string) (json.RawMessage, error) {
	return c.Atlas(ctx, http.MethodDelete, serviceAccounts(org)+"/"+url.PathEscape(clientID), nil)
}
