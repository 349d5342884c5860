package tidemark_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"tidemark"
)

// TestEventTypesAreAll compares the list with the constants.
func TestEventTypesAreAll(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "eventtypes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []tidemark.EventType
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		if s, ok := v.Values[0].(*ast.BasicLit); ok && s.Kind == token.STRING {
			name, err := strconv.Unquote(s.Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, tidemark.EventType(name))
		}
		return true
	})
	slices.Sort(names)
	if len(names) < 80 || !slices.Equal(names, tidemark.EventTypes) {
		t.Errorf("the constants are\n%q, the list is\n%q", names, tidemark.EventTypes)
	}
}

// TestEventsOfKinds: each kind of instance has a type for all that happens to it.
func TestEventsOfKinds(t *testing.T) {
	t.Parallel()
	for _, kind := range []tidemark.InstanceKind{tidemark.KindServerless, tidemark.KindFlex, tidemark.KindDedicated} {
		e := tidemark.EventsOf(kind)
		for _, typ := range []tidemark.EventType{
			e.Created, e.Ready, e.UpdateSubmitted, e.UpdateCompleted, e.DeleteSubmitted, e.Deleted, e.SnapshotStarted, e.SnapshotCompleted,
			e.SnapshotFailed, e.SnapshotDeleted, e.DownloadRequested, e.RestoreRequested, e.RestoreCompleted, e.RestoreFailed,
		} {
			if !slices.Contains(tidemark.EventTypes, typ) || typ.OfOrganization() {
				t.Errorf("%s: %q", kind, typ)
			}
		}
	}
}
