package contract_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tidemark/atlas"
	"tidemark/atlas/contract"
)

var name = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// unnamed is a path whose variables have no names, nor a slash at the end.
func unnamed(path string) string { return strings.TrimSuffix(name.ReplaceAllString(path, "{}"), "/") }

// TestTableFitsDocument: what package atlas serves is what the document has,
// with the same method, path and versions.
func TestTableFitsDocument(t *testing.T) {
	t.Parallel()
	d, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, o := range atlas.Operations() {
		ids = append(ids, o.ID)
		want := d.Operation(o.ID)
		if o.Method != want.Method || unnamed(o.Path) != unnamed(want.Path) {
			t.Errorf("%s is %s %s, not %s %s", o.ID, o.Method, o.Path, want.Method, want.Path)
		}
		if !slices.Equal(o.Versions, want.Versions) {
			t.Errorf("%s has the versions %v, not %v", o.ID, o.Versions, want.Versions)
		}
	}
	slices.Sort(ids)
	if got := d.Operations(); !slices.Equal(got, ids) {
		t.Errorf("operations are\n%v, not\n%v", got, ids)
	}
}
