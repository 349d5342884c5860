package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// HistoryRequest asks for what happened. Empty fields are left out. Times are
// RFC 3339, seconds since 1970, or oplog entries such as 1700000000:3.
type HistoryRequest struct {
	From, To, Around string
	WindowSeconds    int // before and after Around
	Namespace, ID    string
	Kinds            string // separated by commas
	Limit            int
	Cursor           string
	BucketSeconds    int // of a summary
}

// Values are the parameters of the request.
func (r HistoryRequest) Values() url.Values {
	v := url.Values{}
	for name, s := range map[string]string{
		"from": r.From, "to": r.To, "around": r.Around, "ns": r.Namespace, "id": r.ID, "kind": r.Kinds, "cursor": r.Cursor,
	} {
		if s != "" {
			v.Set(name, s)
		}
	}
	for name, n := range map[string]int{"windowSeconds": r.WindowSeconds, "limit": r.Limit, "bucketSeconds": r.BucketSeconds} {
		if n != 0 {
			v.Set(name, strconv.Itoa(n))
		}
	}
	return v
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// History lists what happened in an instance; see HistoryRequest.
func (c *Client) History(ctx context.Context, project, name string, query url.Values) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodGet, withQuery(instance(project, name)+"/history", query), nil)
}

// HistorySummary counts what happened in an instance.
func (c *Client) HistorySummary(ctx context.Context, project, name string, query url.Values) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodGet, withQuery(instance(project, name)+"/history/summary", query), nil)
}

// DocumentVersions lists what a document became.
func (c *Client) DocumentVersions(ctx context.Context, project, name string, query url.Values) (json.RawMessage, error) {
	return c.Extension(ctx, http.MethodGet, withQuery(instance(project, name)+"/documents/versions", query), nil)
}

// GetDocument reads a document as it was at a time, an oplog entry, or in a
// snapshot, by its ID.
func (c *Client) GetDocument(ctx context.Context, project, name, namespace, id, at string) (json.RawMessage, error) {
	v := url.Values{"ns": {namespace}, "id": {id}, "at": {at}}
	return c.Extension(ctx, http.MethodGet, instance(project, name)+"/documents?"+v.Encode(), nil)
}

// HistoryEntry is what the command line reads of an operation.
type HistoryEntry struct {
	At        string          `json:"at"`
	Before    string          `json:"before"`
	Wall      time.Time       `json:"wall"`
	Kind      string          `json:"kind"`
	Namespace string          `json:"ns"`
	ID        json.RawMessage `json:"id"`
	Summary   string          `json:"summary"`
	Bytes     int64           `json:"bytes"`
	Count     int64           `json:"count"` // of a notable one
	Last      string          `json:"last"`
}

// HistoryGap is a stretch that was not captured.
type HistoryGap struct {
	After string `json:"after"`
	Until string `json:"until"`
}

// History is a list of operations.
type History struct {
	Results  []HistoryEntry `json:"results"`
	Gaps     []HistoryGap   `json:"gaps"`
	Position string         `json:"position"`
	Next     string         `json:"next"`
}

// HistorySummary counts operations.
type HistorySummary struct {
	From          string `json:"from"`
	To            string `json:"to"`
	BucketSeconds int    `json:"bucketSeconds"`
	Buckets       []struct {
		Start      time.Time        `json:"start"`
		Kinds      map[string]int64 `json:"kinds"`
		Namespaces map[string]int64 `json:"namespaces"`
	} `json:"buckets"`
	Namespaces []struct {
		Namespace  string           `json:"ns"`
		Operations int64            `json:"operations"`
		Bytes      int64            `json:"bytes"`
		Kinds      map[string]int64 `json:"kinds"`
		First      string           `json:"first"`
		Last       string           `json:"last"`
	} `json:"namespaces"`
	Notable  []HistoryEntry `json:"notable"`
	Gaps     []HistoryGap   `json:"gaps"`
	Position string         `json:"position"`
	Until    string         `json:"until"`
}

// Document is one document as it was.
type Document struct {
	Namespace  string          `json:"ns"`
	ID         json.RawMessage `json:"id"`
	At         string          `json:"at"`
	SnapshotID string          `json:"snapshotId"`
	Document   json.RawMessage `json:"document"`
}

// DocumentVersions are what a document became.
type DocumentVersions struct {
	Results []struct {
		At       string          `json:"at"`
		Wall     time.Time       `json:"wall"`
		Kind     string          `json:"kind"`
		Summary  string          `json:"summary"`
		Document json.RawMessage `json:"document"`
	} `json:"results"`
	Next string `json:"next"`
}
