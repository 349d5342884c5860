package atlas

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/icholy/digest"

	"tidemark"
)

// digester checks HTTP digest credentials (RFC 7616) with qop=auth, by MD5 as
// Atlas has it and by SHA-256.
type digester struct {
	realm  string
	nonces *nonces
	keys   tidemark.Authenticator
	// decoy stands in for the secret of a key that does not exist, so that its
	// check costs the same.
	decoy string
}

func newDigester(realm string, n *nonces, keys tidemark.Authenticator) *digester {
	b := make([]byte, 18)
	rand.Read(b) // never fails: it aborts the program instead
	return &digester{realm: realm, nonces: n, keys: keys, decoy: hex.EncodeToString(b)}
}

// challenge sets the headers of a 401. The first is, byte for byte, of the
// form of Atlas's: the digest client of its SDK, command line and Terraform
// provider splits it at exactly ", " and knows no other directives.
func (d *digester) challenge(h http.Header, stale bool) {
	nonce := d.nonces.issue()
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		h.Add("WWW-Authenticate", fmt.Sprintf(
			`Digest realm="%s", domain="", nonce="%s", algorithm=%s, qop="auth", stale=%t`,
			d.realm, nonce, algorithm, stale))
	}
}

// verdict is what came of checking credentials.
type verdict int

const (
	refused verdict = iota // wrong, or not understood
	stale                  // right, but for a nonce that is used up
	granted
)

// check finds the caller of a request with these credentials. Who knows the
// secret but uses a nonce of another process's, or a spent one, is stale.
func (d *digester) check(ctx context.Context, r *http.Request, c *digest.Credentials) (tidemark.Caller, verdict, error) {
	caller, secret, err := d.keys.APIKey(ctx, c.Username)
	known := err == nil
	if !known && tidemark.ErrorCode(err) != tidemark.CodeUnauthenticated {
		return tidemark.Caller{}, refused, err
	}
	if !known {
		secret = d.decoy
	}
	if right := d.rightResponse(c, r, secret); !right || !known {
		return tidemark.Caller{}, refused, nil
	}
	issued, ours := d.nonces.issued(c.Nonce)
	if !ours || !d.nonces.use(c.Nonce, issued, uint32(c.Nc)) {
		return tidemark.Caller{}, stale, nil
	}
	return caller, granted, nil
}

// rightResponse computes what the response must be and compares in constant
// time. Everything that the response depends on must be what we would have
// asked for.
func (d *digester) rightResponse(c *digest.Credentials, r *http.Request, secret string) bool {
	want, err := digest.Digest(
		&digest.Challenge{Realm: d.realm, Nonce: c.Nonce, Algorithm: c.Algorithm, QOP: []string{"auth"}},
		digest.Options{Method: r.Method, URI: c.URI, Count: c.Nc, Username: c.Username, Password: secret, Cnonce: c.Cnonce})
	if err != nil {
		return false
	}
	return validDirectives(c, d.realm) && sameURI(c.URI, r) &&
		subtle.ConstantTimeCompare([]byte(strings.ToLower(c.Response)), []byte(want.Response)) == 1
}

// validDirectives refuses what was not offered: other algorithms, no qop or
// auth-int, hashed user names; and counters and client nonces that are no
// protection.
func validDirectives(c *digest.Credentials, realm string) bool {
	switch strings.ToUpper(c.Algorithm) {
	case "", "MD5", "SHA-256":
	default:
		return false
	}
	return c.Realm == realm && c.QOP == "auth" && c.Nc > 0 && c.Cnonce != "" && !c.Userhash
}

// sameURI says whether the credentials were made for this request's target. A
// request in absolute form may be signed by its path and query.
func sameURI(uri string, r *http.Request) bool {
	if uri == r.RequestURI {
		return true
	}
	u, err := url.Parse(r.RequestURI)
	return err == nil && u.IsAbs() && uri == u.RequestURI()
}
