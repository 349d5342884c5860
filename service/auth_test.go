package service_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/service"
)

// again is another service on the same store.
func (b *bench) again() *service.Service {
	b.Helper()
	svc, err := service.New(service.Config{Store: b.db, Probe: b.ask, RedactURI: redact, Downloads: &b.files, Clock: b.clock})
	b.ok(err)
	return svc
}

func (b *bench) token() string {
	b.Helper()
	token, err := b.svc.IssueToken(b.Context(), b.cred.ClientID, b.cred.ClientSecret)
	b.ok(err)
	if token.ExpiresIn != time.Hour {
		b.Fatalf("the token is good for %s", token.ExpiresIn)
	}
	return token.Token
}

func TestBearer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.token()
	// Another process of the service takes the token too: the key is stored.
	c, err := b.again().Bearer(t.Context(), token)
	b.ok(err)
	if c.PublicID != b.cred.ClientID || c.Kind != tidemark.KeyServiceAccount || len(c.Roles) != 1 || c.OrgID != b.cred.OrgID {
		t.Errorf("the caller is %+v", c)
	}
	b.advance(59 * time.Minute)
	_, err = b.svc.Bearer(t.Context(), token)
	b.ok(err)
	b.advance(time.Minute)
	_, err = b.svc.Bearer(t.Context(), token)
	b.code(err, tidemark.CodeUnauthenticated)
}

// TestSigningKeyIsMadeOnce has services race to their first token.
func TestSigningKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tokens := make([]string, 4)
	var g errgroup.Group
	for n := range tokens {
		svc := b.again()
		g.Go(func() error {
			token, err := svc.IssueToken(t.Context(), b.cred.ClientID, b.cred.ClientSecret)
			tokens[n] = token.Token
			return err
		})
	}
	b.ok(g.Wait())
	for _, token := range tokens {
		_, err := b.svc.Bearer(t.Context(), token)
		b.ok(err)
	}
}

func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, _, err := b.svc.APIKey(t.Context(), "nobodyxx")
	b.code(err, tidemark.CodeUnauthenticated)
	_, _, err = b.svc.APIKey(t.Context(), b.cred.ClientID) // a key of the other kind
	b.code(err, tidemark.CodeUnauthenticated)
	for _, c := range [][2]string{
		{b.cred.ClientID, "mdb_sa_sk_wrong"}, {b.cred.ClientID, ""}, {"mdb_sa_id_unknown", b.cred.ClientSecret}, {"", ""},
		{b.cred.PublicKey, b.cred.PrivateKey},
	} {
		_, err := b.svc.IssueToken(t.Context(), c[0], c[1])
		b.code(err, tidemark.CodeUnauthenticated)
		b.code(b.svc.RevokeToken(t.Context(), c[0], c[1], "x"), tidemark.CodeUnauthenticated)
	}
}

// TestForgedTokens tries what a forger would.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	good := b.token()
	parts := strings.Split(good, ".")
	claims := jwt.MapClaims{}
	_, _, err := jwt.NewParser().ParseUnverified(good, claims)
	b.ok(err)
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	b.ok(err)
	guessed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(make([]byte, 32))
	b.ok(err)
	other := newBench(t).token()
	for _, token := range []string{
		"", "x", good + "x", parts[0] + "." + parts[1] + ".", unsigned, guessed, other, strings.Repeat("a", 1<<20),
	} {
		_, err := b.svc.Bearer(t.Context(), token)
		b.code(err, tidemark.CodeUnauthenticated)
	}
}

func TestRevokedToken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token, kept := b.token(), b.token()
	other, err := b.svc.CreateKey(t.Context(), b.owner, b.inOrg(), tidemark.NewKey{
		Kind: tidemark.KeyServiceAccount, Roles: []tidemark.Role{{Name: tidemark.RoleOrgMember}},
	})
	b.ok(err)
	// Of somebody else: left alone.
	b.ok(b.svc.RevokeToken(t.Context(), other.PublicID, other.Secrets[0].Secret, token))
	b.ok(b.svc.RevokeToken(t.Context(), b.cred.ClientID, b.cred.ClientSecret, "not a token"))
	_, err = b.svc.Bearer(t.Context(), token)
	b.ok(err)
	for range 2 {
		b.ok(b.svc.RevokeToken(t.Context(), b.cred.ClientID, b.cred.ClientSecret, token))
	}
	_, err = b.svc.Bearer(t.Context(), token)
	b.code(err, tidemark.CodeUnauthenticated)
	_, err = b.svc.Bearer(t.Context(), kept)
	b.ok(err)
}

func TestTokenOfDeletedAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.token()
	c, err := b.svc.Bearer(t.Context(), token)
	b.ok(err)
	b.ok(b.svc.DeleteKey(t.Context(), b.owner, b.inOrg(), tidemark.KeyRef{ClientID: c.PublicID}))
	_, err = b.svc.Bearer(t.Context(), token)
	b.code(err, tidemark.CodeUnauthenticated)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	foreign := tidemark.NewID()
	for name, c := range map[string]struct {
		request tidemark.NewKey
		code    tidemark.Code
	}{
		"no roles":        {tidemark.NewKey{Kind: tidemark.KeyAPI}, tidemark.CodeMissingAttribute},
		"odd kind":        {tidemark.NewKey{Kind: "ssh", Roles: []tidemark.Role{{Name: tidemark.RoleOrgOwner}}}, tidemark.CodeInvalidEnum},
		"odd role":        {tidemark.NewKey{Kind: tidemark.KeyAPI, Roles: []tidemark.Role{{Name: "GROUP_KING"}}}, tidemark.CodeInvalidEnum},
		"no project":      {tidemark.NewKey{Kind: tidemark.KeyAPI, Roles: []tidemark.Role{{Name: tidemark.RoleProjectOwner}}}, tidemark.CodeInvalidOrgRole},
		"unknown project": {tidemark.NewKey{Kind: tidemark.KeyAPI, Roles: []tidemark.Role{{Name: tidemark.RoleProjectOwner, ProjectID: foreign}}}, tidemark.CodeInvalidAttribute},
		"another org":     {tidemark.NewKey{Kind: tidemark.KeyAPI, Roles: []tidemark.Role{{Name: tidemark.RoleOrgOwner, OrgID: foreign}}}, tidemark.CodeInvalidAttribute},
		"scope mixed up":  {tidemark.NewKey{Kind: tidemark.KeyAPI, Roles: []tidemark.Role{{Name: tidemark.RoleOrgOwner, ProjectID: b.cred.GroupID}}}, tidemark.CodeInvalidProjectRole},
		"too short":       {tidemark.NewKey{Kind: tidemark.KeyServiceAccount, ExpiresIn: time.Hour, Roles: []tidemark.Role{{Name: tidemark.RoleOrgMember}}}, tidemark.CodeInvalidAttribute},
		"expiring key":    {tidemark.NewKey{Kind: tidemark.KeyAPI, ExpiresIn: 9 * time.Hour, Roles: []tidemark.Role{{Name: tidemark.RoleOrgMember}}}, tidemark.CodeInvalidAttribute},
	} {
		_, err := b.svc.CreateKey(t.Context(), b.owner, b.inOrg(), c.request)
		if tidemark.ErrorCode(err) != c.code {
			t.Errorf("%s: got %v, want %q", name, err, c.code)
		}
	}
	role := tidemark.Role{Name: tidemark.RoleProjectReadOnly, ProjectID: b.cred.GroupID}
	api, err := b.svc.CreateKey(t.Context(), b.owner, b.inOrg(), tidemark.NewKey{Kind: tidemark.KeyAPI, Roles: []tidemark.Role{role, role}})
	b.ok(err)
	matches(t, `^[a-z]{8}$`, api.PublicID)
	matches(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, api.Secret)
	if len(api.Roles) != 2 || !strings.HasSuffix(api.Secret, api.SecretTail) || len(api.SecretTail) != 12 {
		t.Errorf("the key is %+v", api)
	}
	account, err := b.svc.CreateKey(t.Context(), b.owner, b.inOrg(), tidemark.NewKey{
		Kind: tidemark.KeyServiceAccount, ExpiresIn: 8 * time.Hour, Roles: []tidemark.Role{role},
	})
	b.ok(err)
	matches(t, `^mdb_sa_id_[0-9a-f]{24}$`, account.PublicID)
	matches(t, `^mdb_sa_sk_[0-9a-f]{64}$`, account.Secrets[0].Secret)
	got, err := b.svc.GetKey(t.Context(), b.owner, b.inOrg(), tidemark.KeyRef{ClientID: account.PublicID})
	b.ok(err)
	if got.Secrets[0].Secret != "" {
		t.Error("the secret is shown again")
	}
	b.advance(8 * time.Hour)
	_, err = b.svc.IssueToken(t.Context(), account.PublicID, account.Secrets[0].Secret)
	b.code(err, tidemark.CodeUnauthenticated)
	_, err = b.svc.GetKey(t.Context(), b.owner, b.inOrg(), tidemark.KeyRef{ID: tidemark.NewID()})
	b.code(err, tidemark.CodeKeyNotFound)
}

func matches(t *testing.T, pattern, s string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(s) {
		t.Errorf("%q does not match %s", s, pattern)
	}
}

// TestLastOwnerStays: the two first keys own the organization; one may go.
func TestLastOwnerStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keys, _, err := b.svc.ListKeys(t.Context(), b.owner, b.inOrg(), tidemark.KeyServiceAccount, all)
	b.ok(err)
	b.ok(b.svc.DeleteKey(t.Context(), b.owner, b.inOrg(), tidemark.KeyRef{ClientID: keys[0].PublicID}))
	b.code(b.svc.DeleteKey(t.Context(), b.owner, b.inOrg(), tidemark.KeyRef{ID: b.owner.KeyID}), tidemark.CodeLastOwner)
	second := b.key(tidemark.Role{Name: tidemark.RoleOrgOwner})
	b.ok(b.svc.DeleteKey(t.Context(), second, b.inOrg(), tidemark.KeyRef{ID: b.owner.KeyID}))
	b.code(b.svc.DeleteKey(t.Context(), second, b.inOrg(), tidemark.KeyRef{ID: second.KeyID}), tidemark.CodeLastOwner)
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	matches(t, `^[a-f0-9]{24}$`, string(b.cred.OrgID))
	matches(t, `^[a-f0-9]{24}$`, string(b.cred.GroupID))
	created, err := b.svc.Bootstrap(t.Context(), func(service.Credentials) error {
		t.Error("the second start makes credentials")
		return nil
	})
	b.ok(err)
	if created {
		t.Error("the second start makes another organization")
	}
	p, err := b.svc.GetProject(t.Context(), b.owner, b.cred.GroupID)
	b.ok(err)
	if p.Name != "Project 0" || p.OrgID != b.cred.OrgID {
		t.Errorf("the project is %+v", p)
	}
	b.advance(10 * 366 * 24 * time.Hour)
	b.token() // the first account does not expire
}

// TestCredentialsThatCannotBeKept are not made.
func TestCredentialsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	full := tidemark.Errorf(tidemark.CodeInternal, "no room")
	b.code(b.svc.NewOwner(t.Context(), func(service.Credentials) error { return full }), tidemark.CodeInternal)
	_, n, err := b.svc.ListKeys(t.Context(), b.owner, b.inOrg(), "", all)
	b.ok(err)
	if n != 2 {
		t.Errorf("%d keys", n)
	}
	var again service.Credentials
	b.ok(b.svc.NewOwner(t.Context(), func(c service.Credentials) error { again = c; return nil }))
	if again.OrgID != b.cred.OrgID || again.GroupID != b.cred.GroupID || again.PublicKey == b.cred.PublicKey {
		t.Errorf("the new credentials are of %s and %s", again.OrgID, again.GroupID)
	}
	c, secret, err := b.svc.APIKey(t.Context(), again.PublicKey)
	b.ok(err)
	if secret != again.PrivateKey || c.OrgID != b.cred.OrgID {
		t.Error("the new key does not work")
	}
}
