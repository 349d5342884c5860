package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"

	"tidemark"
)

const (
	// maxKeyFile bounds what is read of a key file; a keyset of one key has
	// about 300 bytes.
	maxKeyFile = 64 << 10
	// tinkPrefix is the length of what Tink puts before a ciphertext: one byte
	// 0x01 and the key's id as a big-endian uint32.
	tinkPrefix = 5
	// secretContext keeps sealed secrets and wrapped data keys apart: no
	// associated data of one can be that of the other.
	secretContext = "tidemark secret\n"
)

// MasterKey seals small secrets and the data keys of objects. It is a Tink
// keyset for AES-256-GCM: the primary key seals, every key of it opens. It may
// be used from many goroutines.
type MasterKey struct {
	handle  *keyset.Handle
	aead    tink.AEAD
	primary uint32
	ids     map[uint32]bool
}

// NewMasterKey makes a random key that is nowhere but in memory.
func NewMasterKey() (*MasterKey, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "cannot make a master key: %w", err)
	}
	return newMasterKey(handle)
}

func newMasterKey(handle *keyset.Handle) (*MasterKey, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, err
	}
	info := handle.KeysetInfo()
	m := &MasterKey{handle: handle, aead: primitive, primary: info.GetPrimaryKeyId(), ids: make(map[uint32]bool)}
	for _, k := range info.GetKeyInfo() {
		if k.GetOutputPrefixType() != tink_go_proto.OutputPrefixType_TINK {
			return nil, fmt.Errorf("key %d does not mark its ciphertexts (output prefix %v)", k.GetKeyId(), k.GetOutputPrefixType())
		}
		m.ids[k.GetKeyId()] = true
	}
	return m, nil
}

// LoadOrCreateMasterKey reads the key file, a Tink keyset as JSON, or makes it
// (mode 0600) where there is none. It never writes over a file. A file that
// others may read, or that is not a keyset, is CodeWrongMasterKey.
func LoadOrCreateMasterKey(path string) (*MasterKey, error) {
	m, err := loadMasterKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return m, keyFileError(path, err)
	}
	m, err = NewMasterKey()
	if err != nil {
		return nil, err
	}
	err = m.save(path)
	if errors.Is(err, fs.ErrExist) { // another process was first: its key counts
		m, err = loadMasterKey(path)
	}
	if err != nil {
		return nil, keyFileError(path, err)
	}
	return m, nil
}

func loadMasterKey(path string) (*MasterKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := readMasterKey(f, path)
	return m, errors.Join(err, f.Close())
}

func readMasterKey(f *os.File, path string) (*MasterKey, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, badKeyFile(path, "is not a file")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, tidemark.Errorf(tidemark.CodeWrongMasterKey,
			"the master key file %s has mode %04o: users other than its owner may get at it", path, mode).
			WithHint("Run: chmod 600 %s", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxKeyFile {
		return nil, badKeyFile(path, fmt.Sprintf("is longer than %d bytes", maxKeyFile))
	}
	// The errors of the parser may quote the file: they are not passed on.
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, badKeyFile(path, "does not hold a Tink keyset as JSON")
	}
	m, err := newMasterKey(handle)
	if err != nil {
		return nil, badKeyFile(path, "holds a keyset that is not for AES-GCM with Tink's prefix")
	}
	return m, nil
}

// save writes the key file, whole or not at all, never over another.
func (m *MasterKey) save(path string) error {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(m.handle, keyset.NewJSONWriter(&buf)); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := makeRoot(dir); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	s := staging{root: root, dir: "."}
	return errors.Join(s.writeFile(filepath.Base(path), buf.Bytes()), root.Close())
}

func badKeyFile(path, what string) error {
	return tidemark.Errorf(tidemark.CodeWrongMasterKey, "the master key file %s %s", path, what).
		WithHint("Put the original %s back from your copy of it; without it the vault cannot be read. Remove it only to begin with an empty vault.", path)
}

func keyFileError(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*tidemark.Error](err); ok {
		return err
	}
	return tidemark.Errorf(tidemark.CodeInternal, "cannot use the master key file %s: %w", path, err).
		WithHint("The user that runs Tidemark needs to read %s and, at the first start, to write its directory.", path)
}

// ID is the number of the key that seals. It is no secret.
func (m *MasterKey) ID() uint32 { return m.primary }

// Seal encrypts a small secret. context says what it is and whose; [MasterKey.Open]
// needs the same.
func (m *MasterKey) Seal(plaintext []byte, context string) ([]byte, error) {
	sealed, err := m.aead.Encrypt(plaintext, []byte(secretContext+context))
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "cannot seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal made under the same context. It is CodeWrongMasterKey
// if another key sealed it, CodeInvalidData if it was altered, is no sealed
// secret or belongs to another context.
func (m *MasterKey) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) < tinkPrefix {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "%d bytes are not a sealed secret", len(sealed))
	}
	if err := m.knows(binary.BigEndian.Uint32(sealed[1:tinkPrefix])); err != nil {
		return nil, err
	}
	plaintext, err := m.aead.Decrypt(sealed, []byte(secretContext+context))
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInvalidData, "a sealed secret was altered or belongs elsewhere")
	}
	return plaintext, nil
}

// knows returns CodeWrongMasterKey for the id of a key that is not in the keyset.
func (m *MasterKey) knows(id uint32) error {
	if m.ids[id] {
		return nil
	}
	return tidemark.Errorf(tidemark.CodeWrongMasterKey, "sealed by master key %d; the key file has another", id).
		WithHint("Start with the master key file that this vault was made with.")
}

// wrap seals the data key of an object.
func (m *MasterKey) wrap(dataKey, associated []byte) ([]byte, error) {
	return m.aead.Encrypt(dataKey, associated)
}

// unwrap opens the data key of an object.
func (m *MasterKey) unwrap(wrapped, associated []byte) ([]byte, error) {
	return m.aead.Decrypt(wrapped, associated)
}
