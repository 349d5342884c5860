package store

import (
	"crypto/sha256"
	"encoding/hex"

	"tidemark"
)

// Sealer encrypts and authenticates small values under the master key. The
// context is associated data: a value opens only under the context that it was
// sealed with. Both methods may be called from many goroutines.
type Sealer interface {
	Seal(plaintext []byte, context string) ([]byte, error)
	Open(sealed []byte, context string) ([]byte, error)
}

// The contexts, each followed by "/" and the id or name of the row.
const (
	sealURI     = "instanceURI"
	sealAPIKey  = "apiKey"
	sealAccount = "serviceAccount"
	sealToken   = "downloadToken"
	sealSetting = "setting"
	sealCheck   = "sealCheck"
)

// box seals values for columns: base64 of what the Sealer gives, "" for "".
type box struct{ sealer Sealer }

func (b box) seal(plaintext, table, row string) (string, error) {
	if plaintext == "" {
		return "", nil
	}
	sealed, err := b.sealer.Seal([]byte(plaintext), table+"/"+row)
	if err != nil {
		return "", tidemark.Errorf(sealerCode(err), "sealing a value of %s %s failed: %w", table, row, err)
	}
	return toBase64(sealed), nil
}

func (b box) open(column, table, row string) (string, error) {
	sealed, err := fromBase64(column)
	if err != nil || sealed == nil {
		return "", err
	}
	plaintext, err := b.sealer.Open(sealed, table+"/"+row)
	if err != nil {
		return "", tidemark.Errorf(sealerCode(err), "the sealed value of %s %s does not open: %w", table, row, err).
			WithHint("The master key is another one than the value was sealed with, or the metadata file was edited.")
	}
	return string(plaintext), nil
}

// sealerCode keeps the code of a Sealer that has one.
func sealerCode(err error) tidemark.Code {
	if code := tidemark.ErrorCode(err); code != tidemark.CodeInternal {
		return code
	}
	return tidemark.CodeInvalidData
}

// secretHash is the SHA-256 of a secret of 256 random bits.
func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
