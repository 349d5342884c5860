package atlas

import (
	"encoding/json"

	"tidemark"
)

type ownDocument struct {
	Namespace  string          `json:"ns"`
	ID         json.RawMessage `json:"id"`
	At         string          `json:"at,omitempty"`
	SnapshotID tidemark.ID     `json:"snapshotId"` // that it was found with
	Document   json.RawMessage `json:"document"`
}

type ownVersion struct {
	At       string          `json:"at"`
	Wall     date            `json:"wall"`
	Kind     string          `json:"kind"`
	Summary  string          `json:"summary,omitempty"`
	Document json.RawMessage `json:"document"` // null where there was none
}

type ownVersions struct {
	Namespace  string          `json:"ns"`
	ID         json.RawMessage `json:"id"`
	SnapshotID tidemark.ID     `json:"snapshotId"`
	Results    []ownVersion    `json:"results"`
	Next       string          `json:"next,omitempty"` // from of the request that goes on
}

// getDocument shows a document as it was at a time or in a snapshot.
func (a *api) getDocument(q *request) (any, error) {
	p := &queryReader{values: q.query}
	query := tidemark.DocumentQuery{Namespace: p.needed("ns"), ID: p.needed("id")}
	if at := p.needed("at"); validID(at) {
		query.SnapshotID = tidemark.ID(at)
	} else if p.err == nil {
		query.At = p.instant("at", true)
	}
	if p.err != nil {
		return nil, p.err
	}
	d, err := a.service.Document(q.ctx, q.caller, q.projectID(), q.instance(), query)
	return one(d, err, func(d *tidemark.DocumentState) any {
		return &ownDocument{Namespace: d.Namespace, ID: d.ID, At: entryOf(d.At), SnapshotID: d.SnapshotID, Document: d.Document}
	})
}

// needed is a parameter that there must be.
func (p *queryReader) needed(name string) string {
	s, _ := p.value(name)
	if s == "" {
		p.fail(name, "it is required")
	}
	return s
}

// listDocumentVersions shows what a document became.
func (a *api) listDocumentVersions(q *request) (any, error) {
	query, p, err := q.historyQuery()
	if err != nil {
		return nil, err
	}
	query.Namespace, query.ID = p.needed("ns"), p.needed("id")
	if p.err != nil {
		return nil, p.err
	}
	v, err := a.service.DocumentVersions(q.ctx, q.caller, q.projectID(), q.instance(), query)
	return one(v, err, func(v *tidemark.DocumentVersions) any {
		out := &ownVersions{Namespace: v.Namespace, ID: v.ID, SnapshotID: v.SnapshotID, Results: []ownVersion{}, Next: entryOf(v.Next)}
		for _, v := range v.Versions {
			out.Results = append(out.Results, ownVersion{At: v.At.String(), Wall: date{v.Wall}, Kind: v.Kind, Summary: v.Summary, Document: v.Document})
		}
		return out
	})
}
