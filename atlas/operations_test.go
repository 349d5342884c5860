package atlas_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"tidemark"
	"tidemark/atlas"
	"tidemark/atlas/contract"
)

// TestEveryOperationRefuses walks each operation through what any of them can
// be asked wrongly.
func TestEveryOperationRefuses(t *testing.T) {
	t.Parallel()
	document, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range document.Operations() {
		s, ok := scenarios[id]
		if !ok {
			t.Errorf("%s has no scenario", id)
			continue
		}
		versions := document.Operation(id).Versions
		operation := s.call
		operation.accept = "application/vnd.atlas." + versions[len(versions)-1] + "+json"
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			refuse(f, operation)
		})
	}
}

// anyName is what a scenario would put the name of something that is there for,
// anyVariable one of a path of the document.
var (
	anyName     = regexp.MustCompile(`\{[a-z]+\}`)
	anyVariable = regexp.MustCompile(`\{[a-zA-Z]+\}`)
)

func refuse(f *fixture, operation call) {
	f.t.Helper()
	with := func(group, org tidemark.ID) call {
		c := operation
		names := strings.NewReplacer("{g}", string(group), "{o}", string(org))
		c.path, c.body = anyName.ReplaceAllString(names.Replace(c.path), string(tidemark.NewID())), anyName.ReplaceAllString(names.Replace(c.body), string(tidemark.NewID()))
		return c
	}
	own := with(f.ProjectID, f.OrgID)
	f.do(own, f.checked).is(http.StatusUnauthorized)
	for _, accept := range []string{"-", "*/*", "application/vnd.atlas.2022-01-01+json"} {
		c := own
		c.accept = accept
		f.send(c).fails(http.StatusNotAcceptable, "INVALID_VERSION_DATE")
	}
	c := own
	separator := "?"
	if strings.Contains(c.path, "?") {
		separator = "&"
	}
	c.path += separator + "pretty=perhaps"
	f.send(c).fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", "pretty")
	c = own
	c.method = "BREW"
	f.send(c).is(http.StatusMethodNotAllowed)
	if own.body != "" {
		refuseBody(f, own)
	}
	refusePath(f, operation, with)
	refuseAddress(f, own)
	f.Fail(errors.New("pandora"))
	if got := f.send(own); got.status != http.StatusOK || !asksNobody(own.path) {
		got.fails(http.StatusInternalServerError, "UNEXPECTED_ERROR")
	}
}

// refuseAddress sends the call with a key and an account whose access lists do
// not have the caller's address, and with a key without a list in an
// organization that wants one.
func refuseAddress(f *fixture, own call) {
	f.t.Helper()
	owner, in := tidemark.Caller{Roles: f.Owner.Roles}, tidemark.KeyScope{OrgID: f.OrgID}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	key := f.AddKey(tidemark.KeyAPI, f.OrgID, f.Owner.Roles...)
	for _, ref := range []tidemark.KeyRef{{ID: key.ID}, {ClientID: f.Account.PublicID}} {
		if err := f.AddAccess(f.t.Context(), owner, in, ref, elsewhere); err != nil {
			f.t.Fatal(err)
		}
	}
	byKey, byAccount := own, own
	byKey.key = key
	f.send(byKey).fails(http.StatusForbidden, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "127.0.0.1")
	byAccount.header = http.Header{"Authorization": {"Bearer " + f.token()}}
	f.do(byAccount, f.checked).fails(http.StatusForbidden, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "127.0.0.1")

	strict := f.AddProject("strict").OrgID
	ownerThere := tidemark.Caller{Roles: []tidemark.Role{{Name: tidemark.RoleOrgOwner, OrgID: strict}}}
	if _, err := f.UpdateOrganizationSettings(f.t.Context(), ownerThere, strict, func(s *tidemark.OrganizationSettings) { s.APIAccessListRequired = true }); err != nil {
		f.t.Fatal(err)
	}
	byKey.key = f.AddKey(tidemark.KeyAPI, strict, f.Owner.Roles...)
	f.send(byKey).fails(http.StatusForbidden, "ORG_REQUIRES_ACCESS_LIST")
}

// TestEveryOperationLocksOut asks for each operation from an address that has
// sent a wrong secret too often.
func TestEveryOperationLocksOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.MaxFailures = 1 })
	wrongly := *f.Owner
	wrongly.Secret = "wrong"
	f.send(call{method: http.MethodGet, path: apiRoot, key: &wrongly}).is(http.StatusUnauthorized)
	for _, s := range scenarios {
		c := s.call
		c.key, c.path = &wrongly, anyName.ReplaceAllString(c.path, string(tidemark.NewID()))
		if got := f.send(c); got.fails(http.StatusTooManyRequests, "RATE_LIMITED").header.Get("Retry-After") == "" {
			t.Errorf("%s %s is answered without Retry-After", c.method, c.path)
		}
	}
}

// TestKeysCannotBeRead has the service fail before any operation is looked at.
func TestKeysCannotBeRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *atlas.Config) { c.Service = lostKeys{c.Service} })
	for _, s := range scenarios {
		if asksNobody(s.call.path) {
			f.send(s.call).fails(http.StatusInternalServerError, "UNEXPECTED_ERROR")
		}
	}
}

// lostKeys is a service that cannot read its keys.
type lostKeys struct{ tidemark.Service }

func (lostKeys) APIKey(context.Context, string) (tidemark.Caller, string, error) {
	return tidemark.Caller{}, "", errors.New("pandora")
}

// asksNobody says whether the answer is not the service's.
func asksNobody(path string) bool {
	return strings.HasSuffix(path, "/v2") || strings.HasSuffix(path, "/eventTypes")
}

func refuseBody(f *fixture, own call) {
	f.t.Helper()
	bodies := map[string]string{"": "MALFORMED_JSON", "[]": "MALFORMED_JSON", `{"colour":1,` + own.body[1:]: "INVALID_ATTRIBUTE"}
	if strings.HasPrefix(own.body, "[") {
		bodies = map[string]string{"": "MALFORMED_JSON", "[]": "MALFORMED_JSON", "{}": "MALFORMED_JSON", "[1]": "MALFORMED_JSON",
			`[{"colour":1,` + own.body[2:]: "INVALID_ATTRIBUTE"}
	}
	for body, code := range bodies {
		c := own
		c.body = strings.Replace(body, ",}", "}", 1)
		f.send(c).fails(http.StatusBadRequest, code)
	}
	c := own
	c.body = strings.Repeat(" ", 1<<20) + own.body
	f.send(c).fails(http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE")
	c = own
	c.header = http.Header{"Content-Type": {"text/plain"}}
	f.send(c).fails(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
}

// refusePath names projects and organizations that are malformed, not there,
// or not the caller's.
func refusePath(f *fixture, operation call, with func(group, org tidemark.ID) call) {
	f.t.Helper()
	other, nobody := f.AddProject("other"), tidemark.NewID()
	switch {
	case strings.Contains(operation.path, "{g}"):
		f.send(with("NOT-HEX", "")).fails(http.StatusNotFound, "INVALID_GROUP_ID", "NOT-HEX")
		f.send(with(nobody, "")).fails(http.StatusNotFound, "GROUP_NOT_FOUND", string(nobody))
		f.send(with(other.ID, "")).fails(http.StatusUnauthorized, "NOT_IN_GROUP")
	case strings.Contains(operation.path, "{o}"):
		f.send(with("", "NOT-HEX")).fails(http.StatusNotFound, "INVALID_ORG_ID", "NOT-HEX")
		f.send(with("", nobody)).fails(http.StatusNotFound, "ORG_NOT_FOUND", string(nobody))
		f.send(with("", other.OrgID)).fails(http.StatusUnauthorized, "USER_CANNOT_ACCESS_ORG")
	}
	if operation.method == http.MethodGet || strings.Contains(operation.path, "shardedCluster/") { // has nothing to delete
		return
	}
	c := with(f.ProjectID, f.OrgID)
	c.key = f.Reader
	f.send(c).fails(http.StatusUnauthorized, "USER_UNAUTHORIZED")
}
