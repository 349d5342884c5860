package client

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// EventsRequest chooses events of a project's audit log. What is empty chooses
// nothing.
type EventsRequest struct {
	Instance string
	Types    []string // Atlas's names of event types
	Since    string   // a date and time of ISO 8601, inclusive
	Limit    int      // how many of the newest; zero: all
}

// Event is what the command line reads of an event.
type Event struct {
	ID            string    `json:"id"`
	Created       time.Time `json:"created"`
	Type          string    `json:"eventTypeName"`
	ClusterName   string    `json:"clusterName"`
	PublicKey     string    `json:"publicKey"`     // of who did it; empty: the service
	RemoteAddress string    `json:"remoteAddress"` // from where
	Raw           struct {
		Description string `json:"description"`
	} `json:"raw"`
}

// ListEvents lists the events of a project, the newest first. The answer's
// totalCount has those beyond the limit too.
func (c *Client) ListEvents(ctx context.Context, project string, r EventsRequest) (json.RawMessage, error) {
	query := url.Values{"includeRaw": {"true"}, "eventType": r.Types}
	if r.Instance != "" {
		query.Set("clusterNames", r.Instance)
	}
	if r.Since != "" {
		query.Set("minDate", r.Since)
	}
	return listSome(ctx, c.Atlas, "/groups/"+url.PathEscape(project)+"/events", query, r.Limit)
}
