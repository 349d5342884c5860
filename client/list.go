package client

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tidemark"
)

// list is the shape of every list of the API.
type list struct {
	Results    []json.RawMessage `json:"results"`
	TotalCount int               `json:"totalCount"`
}

// caller is Client.Atlas or Client.Extension.
type caller func(ctx context.Context, method, path string, body any) (json.RawMessage, error)

// listAll reads every page of a list into one answer of the same shape.
func listAll(ctx context.Context, call caller, path string) (json.RawMessage, error) {
	return listSome(ctx, call, path, nil, 0)
}

// listSome reads the first of a list into one answer of the same shape: no more
// than limit, all where it is zero. totalCount is the list's, or what was read
// where that is more.
func listSome(ctx context.Context, call caller, path string, query url.Values, limit int) (json.RawMessage, error) {
	const most = 500
	size := most
	if limit > 0 {
		size = min(limit, most)
	}
	asked := maps.Clone(query)
	if asked == nil {
		asked = url.Values{}
	}
	asked.Set("itemsPerPage", strconv.Itoa(size))
	whole := list{Results: []json.RawMessage{}}
	for page := 1; ; page++ {
		asked.Set("pageNum", strconv.Itoa(page))
		answer, err := call(ctx, http.MethodGet, withQuery(path, asked), nil)
		if err != nil {
			return nil, err
		}
		var part list
		if err := decode(answer, &part); err != nil {
			return nil, err
		}
		whole.Results = append(whole.Results, part.Results...)
		whole.TotalCount = max(part.TotalCount, len(whole.Results))
		if n := len(whole.Results); len(part.Results) < size || limit > 0 && n >= limit {
			break
		}
	}
	if limit > 0 && len(whole.Results) > limit {
		whole.Results = whole.Results[:limit]
	}
	return json.Marshal(whole)
}

// Results decodes the results of a list answer.
func Results[T any](answer json.RawMessage) ([]T, error) {
	var l struct {
		Results []T `json:"results"`
	}
	err := decode(answer, &l)
	return l.Results, err
}

// Decode decodes an answer.
func Decode[T any](answer json.RawMessage) (T, error) {
	var v T
	err := decode(answer, &v)
	return v, err
}

func decode(answer json.RawMessage, into any) error {
	if err := json.Unmarshal(answer, into); err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidData, "the service's answer is not what was expected: %w", err).
			WithHint("Use the same version of tidemark as the service.")
	}
	return nil
}

// DefaultProject is the project of the credentials or, where they name none,
// the only one that the key can see.
func (c *Client) DefaultProject(ctx context.Context) (string, error) {
	if c.credentials.GroupID != "" {
		return c.credentials.GroupID, nil
	}
	answer, err := c.Atlas(ctx, http.MethodGet, "/groups", nil)
	if err != nil {
		return "", err
	}
	projects, err := Results[struct{ ID, Name string }](answer)
	if err != nil {
		return "", err
	}
	if len(projects) == 1 {
		return projects[0].ID, nil
	}
	var names []string
	for _, p := range projects {
		names = append(names, p.ID+" ("+p.Name+")")
	}
	return "", tidemark.Errorf(tidemark.CodeMissingAttribute, "the key sees %d projects, and none is chosen", len(projects)).
		WithHint("Give --project or set %s: %s", EnvProject, strings.Join(names, ", "))
}

// DefaultOrg is the organization of the credentials or the only one that the
// key can see.
func (c *Client) DefaultOrg(ctx context.Context) (string, error) {
	if c.credentials.OrgID != "" {
		return c.credentials.OrgID, nil
	}
	answer, err := c.Atlas(ctx, http.MethodGet, "/orgs", nil)
	if err != nil {
		return "", err
	}
	orgs, err := Results[struct{ ID string }](answer)
	if err != nil {
		return "", err
	}
	if len(orgs) != 1 {
		return "", tidemark.Errorf(tidemark.CodeMissingAttribute, "the key sees %d organizations, and none is chosen", len(orgs)).
			WithHint("Set %s.", EnvOrg)
	}
	return orgs[0].ID, nil
}
