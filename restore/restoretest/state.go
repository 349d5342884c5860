package restoretest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// State is all that a deployment has, by namespace: type, options, indexes and
// content of each collection, the order of capped ones included. UUIDs are
// left out: a restored collection is another one. So are collections that
// restores have staged.
type State map[string]string

// Read reads a deployment, all of it.
func Read(t testing.TB, d tidemark.Source) State {
	t.Helper()
	catalogue, err := d.Catalogue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := State{}
	for _, c := range catalogue.Collections {
		if strings.HasPrefix(c.Name, tidemark.StagePrefix) {
			continue
		}
		var content, order tidemark.Content
		err := d.Scan(t.Context(), c, tidemark.ScanRange{}, func(doc bson.Raw) error {
			content.Add(doc)
			if c.Capped() {
				order.Add(fmt.Appendf(nil, "%d %s", order.Documents, doc))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var indexes []string
		for _, i := range c.Indexes {
			indexes = append(indexes, i.String())
		}
		slices.Sort(indexes)
		out[c.Namespace()] = fmt.Sprintf("%s %s %v %d documents, content %s, order %s",
			c.Type, c.Options, indexes, content.Documents, content.Hash(), order.Hash())
	}
	return out
}

// Same fails the test unless both states are equal.
func Same(t testing.TB, got, want State) {
	t.Helper()
	for ns, w := range want {
		if g := got[ns]; g != w {
			t.Errorf("%s\n is   %s\n not  %s", ns, g, w)
		}
	}
	for ns, g := range got {
		if _, ok := want[ns]; !ok {
			t.Errorf("%s should not be there: %s", ns, g)
		}
	}
}

// Staged lists the collections that restores have left staged.
func Staged(t testing.TB, d tidemark.Source) []string {
	t.Helper()
	catalogue, err := d.Catalogue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range catalogue.Collections {
		if strings.HasPrefix(c.Name, tidemark.StagePrefix) {
			out = append(out, c.Namespace())
		}
	}
	return out
}
