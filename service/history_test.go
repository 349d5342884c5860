package service_test

import (
	"context"
	"strings"
	"testing"

	"tidemark"
)

// histories answers with what it was asked.
type histories struct{}

func (histories) Entries(_ context.Context, i *tidemark.Instance, q tidemark.HistoryQuery) (*tidemark.HistoryPage, error) {
	return &tidemark.HistoryPage{Next: i.Name + q.Cursor}, nil
}

func (histories) Summary(_ context.Context, i *tidemark.Instance, _ tidemark.HistoryQuery, bucket int) (*tidemark.HistorySummary, error) {
	return &tidemark.HistorySummary{BucketSeconds: bucket + len(i.Name)}, nil
}

func (histories) Document(_ context.Context, i *tidemark.Instance, q tidemark.DocumentQuery) (*tidemark.DocumentState, error) {
	return &tidemark.DocumentState{Namespace: i.Name + q.Namespace}, nil
}

func (histories) Versions(_ context.Context, i *tidemark.Instance, q tidemark.HistoryQuery) (*tidemark.DocumentVersions, error) {
	return &tidemark.DocumentVersions{Namespace: i.Name + q.Namespace}, nil
}

func TestHistoryIsThatOfTheInstance(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.instance("shop", tidemark.KindFlex)
	p, err := b.svc.History(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.HistoryQuery{Cursor: "!"})
	b.ok(err)
	s, err := b.svc.HistorySummary(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.HistoryQuery{}, 7)
	b.ok(err)
	d, err := b.svc.Document(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.DocumentQuery{Namespace: "!"})
	b.ok(err)
	v, err := b.svc.DocumentVersions(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.HistoryQuery{Namespace: "?"})
	b.ok(err)
	if p.Next != "shop!" || s.BucketSeconds != 11 || d.Namespace != "shop!" || v.Namespace != "shop?" {
		t.Errorf("%v, %v, %v, %v", p, s, d, v)
	}
	_, err = b.svc.History(t.Context(), b.owner, b.cred.GroupID, "other", tidemark.HistoryQuery{})
	b.code(err, tidemark.CodeInstanceNotFound)
	// Whoever may not see documents is told which roles may.
	reader := b.key(tidemark.Role{Name: tidemark.RoleProjectReadOnly, ProjectID: b.cred.GroupID})
	_, err = b.svc.Document(t.Context(), reader, b.cred.GroupID, "shop", tidemark.DocumentQuery{})
	b.code(err, tidemark.CodeForbidden)
	if hint := tidemark.ErrorHint(err); !strings.Contains(hint, "GROUP_DATA_ACCESS_READ_ONLY") {
		t.Errorf("the hint is %q", hint)
	}
	// A service without history says so.
	_, err = b.again().History(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.HistoryQuery{})
	b.code(err, tidemark.CodeUnsupported)
}
