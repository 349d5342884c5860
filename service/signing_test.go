package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tidemark"
	"tidemark/service"
)

// kid is the key that a token says it was signed with.
func kid(t *testing.T, token string) string {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := parsed.Header["kid"].(string)
	return id
}

// TestSigningKeyRotates by age, also in another process, and no token ends early.
func TestSigningKeyRotates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.again()
	first := b.token()
	_, err := other.Bearer(t.Context(), first)
	b.ok(err)
	b.advance(30*24*time.Hour - time.Minute)
	last := b.token()
	if kid(t, last) != kid(t, first) || kid(t, first) == "" {
		t.Error("the key was rotated too early")
	}
	b.advance(time.Minute)
	b.ok(other.Maintain(t.Context()))
	next := b.token()
	if kid(t, next) == kid(t, first) {
		t.Error("the key was not rotated")
	}
	for _, token := range []string{last, next} {
		for _, svc := range []*service.Service{b.svc, other} {
			_, err := svc.Bearer(t.Context(), token)
			b.ok(err)
		}
	}
	b.advance(59*time.Minute - time.Second)
	_, err = b.svc.Bearer(t.Context(), last)
	b.ok(err)
}

// TestRotateSigningKey by command, keeping or ending the tokens there are.
func TestRotateSigningKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := b.again()
	kept := b.token()
	b.ok(b.svc.RotateSigningKey(t.Context(), b.owner, false))
	fresh := b.token()
	if kid(t, kept) == kid(t, fresh) {
		t.Error("the key was not rotated")
	}
	for _, token := range []string{kept, fresh} {
		_, err := other.Bearer(t.Context(), token)
		b.ok(err)
	}
	b.ok(b.svc.RotateSigningKey(t.Context(), b.owner, true))
	b.advance(time.Minute) // until the other process looks again
	for _, token := range []string{kept, fresh} {
		_, err := b.svc.Bearer(t.Context(), token)
		b.code(err, tidemark.CodeUnauthenticated)
		_, err = other.Bearer(t.Context(), token)
		b.code(err, tidemark.CodeUnauthenticated)
	}
	token, err := other.IssueToken(t.Context(), b.cred.ClientID, b.cred.ClientSecret)
	b.ok(err)
	_, err = b.svc.Bearer(t.Context(), token.Token)
	b.ok(err)
}

// TestOldSigningKey: tokens of before keys rotated stay good, under a key that
// signs no more.
func TestOldSigningKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	claims := jwt.MapClaims{}
	_, _, err := jwt.NewParser().ParseUnverified(b.token(), claims)
	b.ok(err)
	key := []byte(strings.Repeat("k", 32))
	old, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
	b.ok(err)
	_, err = b.svc.Bearer(t.Context(), old)
	b.code(err, tidemark.CodeUnauthenticated)
	b.update(func(tx tidemark.Tx) error {
		if err := tx.SetSetting(t.Context(), "tokenSigningKeys", ""); err != nil {
			return err
		}
		return tx.SetSetting(t.Context(), "tokenSigningKey", strings.Repeat("6b", 32))
	})
	svc := b.again()
	_, err = svc.Bearer(t.Context(), old)
	b.ok(err)
	token, err := svc.IssueToken(t.Context(), b.cred.ClientID, b.cred.ClientSecret)
	b.ok(err)
	if kid(t, token.Token) == "" {
		t.Error("the old key signs on")
	}
	_, err = svc.Bearer(t.Context(), old)
	b.ok(err)
}
