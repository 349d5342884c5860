package tidemark

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ID identifies an organization, project, instance, snapshot, restore job or
// key: 24 lower-case hexadecimal digits, the text form of a BSON ObjectId, as
// the Atlas Admin API has it (pattern ^[a-f0-9]{24}$).
type ID string

// NewID returns an ID that no other call returns.
func NewID() ID { return ID(bson.NewObjectID().Hex()) }

// ParseID checks s against the pattern of an ID.
func ParseID(s string) (ID, bool) {
	if len(s) != 24 {
		return "", false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", false
		}
	}
	return ID(s), true
}

// String returns the 24 digits.
func (id ID) String() string { return string(id) }

// Time is the second in which NewID made the ID; zero for a malformed one.
func (id ID) Time() time.Time {
	oid, err := bson.ObjectIDFromHex(string(id))
	if err != nil {
		return time.Time{}
	}
	return oid.Timestamp().UTC()
}

// RandomHex returns 2*n hexadecimal digits that cannot be guessed.
func RandomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: it aborts the program instead
	return hex.EncodeToString(b)
}
