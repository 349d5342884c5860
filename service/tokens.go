package service

import (
	"context"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tidemark"
)

const (
	tokenLife     = time.Hour // as Atlas has it
	tokenIssuer   = "tidemark"
	tokenAudience = "tidemark-api"
	// tokenMax is far above what a token of ours has; it bounds the parser.
	tokenMax = 4096
)

// tokenClaims is what a token says: the subject is the client id.
type tokenClaims struct {
	jwt.RegisteredClaims
	KeyID string `json:"kid"`
}

// issue signs a token for a service account: a JWT (RFC 7519) under HS256,
// since who checks it is who signs it.
func (s *Service) issue(ctx context.Context, key *tidemark.Key) (tidemark.AccessToken, error) {
	signer, err := s.signing.current(ctx)
	if err != nil {
		return tidemark.AccessToken{}, err
	}
	secret, err := signer.bytes()
	if err != nil {
		return tidemark.AccessToken{}, err
	}
	now := s.now()
	claims := tokenClaims{
		KeyID: string(key.ID),
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenIssuer,
			Audience:  jwt.ClaimStrings{tokenAudience},
			Subject:   key.PublicID,
			ID:        tidemark.RandomHex(16),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
		},
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	unsigned.Header["kid"] = signer.ID
	token, err := unsigned.SignedString(secret)
	if err != nil {
		return tidemark.AccessToken{}, tidemark.Errorf(tidemark.CodeInternal, "the access token cannot be signed: %w", err)
	}
	return tidemark.AccessToken{Token: token, ExpiresIn: tokenLife}, nil
}

// readToken checks signature, issuer, audience and expiry.
func (s *Service) readToken(ctx context.Context, token string) (*tokenClaims, error) {
	if len(token) > tokenMax {
		return nil, unauthenticated("the access token is malformed")
	}
	var (
		claims tokenClaims
		fault  error // of the store, not of the token
	)
	_, err := jwt.ParseWithClaims(token, &claims,
		func(t *jwt.Token) (any, error) {
			secret, err := s.keyOfToken(ctx, t)
			if tidemark.ErrorCode(err) != tidemark.CodeUnauthenticated {
				fault = err
			}
			return secret, err
		},
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience(tokenAudience),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(s.now),
	)
	if fault != nil {
		return nil, fault
	}
	if err != nil || claims.ID == "" {
		// What is wrong with it would only help who forges one.
		return nil, unauthenticated("the access token is malformed or has expired")
	}
	return &claims, nil
}

// keyOfToken finds the key that a token says it was signed with.
func (s *Service) keyOfToken(ctx context.Context, t *jwt.Token) ([]byte, error) {
	id, _ := t.Header["kid"].(string)
	key, good, err := s.signing.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if !good {
		return nil, unauthenticated("the access token was signed with a key that is not in use")
	}
	return key.bytes()
}
