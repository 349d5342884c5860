package service

import (
	"context"
	"encoding/hex"
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
	// signingKeySetting holds the key that signs tokens, 64 hexadecimal digits.
	signingKeySetting = "tokenSigningKey"
	signingKeyBytes   = 32
)

// tokenClaims is what a token says: the subject is the client id.
type tokenClaims struct {
	jwt.RegisteredClaims
	KeyID string `json:"kid"`
}

// issue signs a token for a service account: a JWT (RFC 7519) under HS256,
// since who checks it is who signs it.
func (s *Service) issue(ctx context.Context, key *tidemark.Key) (tidemark.AccessToken, error) {
	secret, err := s.signing(ctx)
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
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
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
	secret, err := s.signing(ctx)
	if err != nil {
		return nil, err
	}
	var claims tokenClaims
	_, err = jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience(tokenAudience),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(s.now),
	)
	if err != nil || claims.ID == "" {
		// What is wrong with it would only help who forges one.
		return nil, unauthenticated("the access token is malformed or has expired")
	}
	return &claims, nil
}

// signing returns the key that signs tokens. The first use makes it, in a
// writing transaction, so that two first uses agree on one.
func (s *Service) signing(ctx context.Context) ([]byte, error) {
	s.signingKeyMu.Lock()
	defer s.signingKeyMu.Unlock()
	if s.signingKey != nil {
		return s.signingKey, nil
	}
	var text string
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		if text, err = tx.Setting(ctx, signingKeySetting); err != nil || text != "" {
			return err
		}
		text = tidemark.RandomHex(signingKeyBytes)
		return tx.SetSetting(ctx, signingKeySetting, text)
	})
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != signingKeyBytes {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the stored key that signs access tokens is malformed")
	}
	s.signingKey = key
	return key, nil
}
