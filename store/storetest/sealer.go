package storetest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	"tidemark"
)

// Sealer seals with AES-256-GCM under a random key. It satisfies store.Sealer.
type Sealer struct{ aead cipher.AEAD }

// NewSealer returns a Sealer with a key of its own.
func NewSealer() (*Sealer, error) {
	key := make([]byte, 32)
	rand.Read(key) // never fails: it aborts the program instead
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead}, nil
}

// Seal encrypts plaintext and binds it to context.
func (s *Sealer) Seal(plaintext []byte, context string) ([]byte, error) {
	return s.aead.Seal(nil, nil, plaintext, []byte(context)), nil
}

// Open decrypts what Seal gave under the same context.
func (s *Sealer) Open(sealed []byte, context string) ([]byte, error) {
	plaintext, err := s.aead.Open(nil, nil, sealed, []byte(context))
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeWrongMasterKey, "the value was sealed under another key or context: %w", err)
	}
	return plaintext, nil
}
