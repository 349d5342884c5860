package sdktest

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"tidemark/atlas/contract"
)

// TestMain fails a whole run in which the SDK has not driven every operation
// that is served, by each kind of authentication.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && whole() {
		if missing, err := driven.missing(); err != nil || len(missing) > 0 {
			fmt.Fprintln(os.Stderr, "what the SDK has not driven:", strings.Join(missing, "\n"), err)
			code = 1
		}
	}
	os.Exit(code)
}

// whole says whether all tests have run.
func whole() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return true
}

// driven is what the SDK's calls of this process came to.
var driven = record{done: map[string]bool{}}

// record keeps the operations whose answers the SDK has decoded, and the
// families of which it has decoded an error, by kind of authentication.
type record struct {
	mu   sync.Mutex
	done map[string]bool
}

var authentications = []string{"Digest", "Bearer"}

// note keeps an answer that was decoded; refused says that it is an error with
// an errorCode.
func (r *record) note(t *testing.T, resp *http.Response, refused bool) {
	t.Helper()
	document, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	if resp == nil || resp.Request == nil {
		return
	}
	o := document.Resolve(resp.Request)
	by, _, _ := strings.Cut(resp.Request.Header.Get("Authorization"), " ")
	r.mu.Lock()
	defer r.mu.Unlock()
	if refused {
		r.done["an error of "+o.Tag+" by "+by] = true
	}
	if !refused || o.Refuses() {
		r.done[o.ID+" by "+by] = true
	}
}

// missing lists what is served and was not driven.
func (r *record) missing() ([]string, error) {
	document, err := contract.Load()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, o := range document.Catalogue() {
		for _, by := range authentications {
			if !o.Served {
				continue
			}
			for _, what := range []string{o.ID, "an error of " + o.Tag} {
				if what += " by " + by; !r.done[what] && !slices.Contains(out, what) {
					out = append(out, what)
				}
			}
		}
	}
	slices.Sort(out)
	return out, nil
}
