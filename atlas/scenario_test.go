package atlas_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tidemark"
	"tidemark/atlas/contract"
)

// scenario is how one operation succeeds, and in what ways of its own it does
// not. The refusals that all operations share are in operations_test.go.
type scenario struct {
	call   call
	status int // of success; 200 where zero
	// given makes what the call needs, in a fresh fixture, and returns what
	// stands for names in braces in path and body, in pairs: "{s}", id, … .
	// {g}, {o} and, as an id that is not there, {x} stand for themselves.
	given func(f *fixture) []string
	// bodies are those of versions whose schema is another than the call's.
	bodies map[string]string
	// check looks at the answer of a version, if it is not nil.
	check    func(f *fixture, version string, a answer)
	refusals []refusal
}

// refusal is an error of an operation's own. What is not empty takes the place
// of the call's; edit has the last word.
type refusal struct {
	path, body string
	key        func(f *fixture) *tidemark.Key
	edit       func(f *fixture, c *call)
	status     int
	code       string
}

// scenarios are all of them by operation id.
var scenarios = map[string]scenario{}

// register adds scenarios; each family does so in an init function of its file.
func register(more map[string]scenario) {
	for id, s := range more {
		if _, twice := scenarios[id]; twice {
			panic(id + " has two scenarios")
		}
		scenarios[id] = s
	}
}

// TestScenarios runs every scenario at every version that the document has of
// its operation, and its refusals at the newest.
func TestScenarios(t *testing.T) {
	t.Parallel()
	document, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(scenarios)) {
		s, versions := scenarios[id], document.Operation(id).Versions
		if len(versions) == 0 {
			t.Fatalf("the document has no %s", id)
		}
		for _, version := range versions {
			t.Run(id+"/"+version, func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				a := f.send(s.at(f, version)).is(max(s.status, http.StatusOK))
				if s.check != nil {
					s.check(f, version, a)
				}
			})
		}
		for i, r := range s.refusals {
			t.Run(fmt.Sprintf("%s/%s %d", id, r.code, i), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				f.send(s.refused(f, versions[len(versions)-1], r)).fails(r.status, r.code)
			})
		}
	}
}

// at is the call at a version, in a fixture that has what it needs.
func (s scenario) at(f *fixture, version string) call {
	f.t.Helper()
	names := []string{"{g}", string(f.ProjectID), "{o}", string(f.OrgID), "{x}", string(tidemark.NewID())}
	if s.given != nil {
		names = append(names, s.given(f)...)
	}
	c, replacer := s.call, strings.NewReplacer(names...)
	if body, ok := s.bodies[version]; ok {
		c.body = body
	}
	c.path, c.body = replacer.Replace(c.path), replacer.Replace(c.body)
	c.accept = "application/vnd.atlas." + version + "+json"
	return c
}

// refused is the call with what is wrong about it.
func (s scenario) refused(f *fixture, version string, r refusal) call {
	f.t.Helper()
	if r.path != "" {
		s.call.path = r.path
	}
	if r.body != "" {
		s.call.body, s.bodies = r.body, nil
	}
	c := s.at(f, version)
	if r.key != nil {
		c.key = r.key(f)
	}
	if r.edit != nil {
		r.edit(f, &c)
	}
	return c
}
