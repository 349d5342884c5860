package oplog

import (
	"encoding/binary"

	"tidemark"
)

// A patch is what an update leaves of itself where its document is not known:
// one byte of version, then updates, the oldest first, each as one byte of form,
// the length of its body as an uvarint, and the body.
const patchVersion = 1

// AppendPatch appends an update to a patch; nil is an empty one. What is before
// a replacement is dropped.
func AppendPatch(patch []byte, u Update) []byte {
	if patch == nil {
		patch = make([]byte, 0, patchSize(u))
	}
	if len(patch) == 0 || u.Replaces() {
		patch = append(patch[:0], patchVersion)
	}
	patch = append(patch, byte(u.form))
	patch = binary.AppendUvarint(patch, uint64(len(u.body)))
	return append(patch, u.body...)
}

// patchSize is the room that a patch of one update needs, at most.
func patchSize(u Update) int { return 2 + binary.MaxVarintLen32 + len(u.body) }

// isComposed says whether a patch is one update, which a reader applies in one
// pass.
func isComposed(patch []byte) bool {
	if len(patch) < 2 {
		return false
	}
	size, n := binary.Uvarint(patch[2:])
	return n > 0 && size == uint64(len(patch)-2-n)
}

// readPatch calls fn with the updates of a patch.
func readPatch(patch []byte, fn func(Update) error) error {
	if len(patch) == 0 {
		return errPatch("it is empty")
	}
	if patch[0] != patchVersion {
		return tidemark.Errorf(tidemark.CodeFormatTooNew, "a patch is of version %d, and version %d is known", patch[0], patchVersion).
			WithHint("Use the version of Tidemark that wrote it, or a newer one.").
			WithParams("patch", int(patch[0]), patchVersion)
	}
	for b := patch[1:]; len(b) > 0; {
		f := form(b[0])
		size, n := binary.Uvarint(b[1:])
		if n <= 0 || size > uint64(len(b)-1-n) {
			return errPatch("an update does not end")
		}
		if f < formReplace || f > formModify {
			return errPatch("an update is of a form that is not known")
		}
		body := b[1+n : 1+n+int(size)]
		b = b[1+n+int(size):]
		if err := fn(Update{f, body}); err != nil {
			return err
		}
	}
	return nil
}

func errPatch(what string) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "malformed patch: %s", what)
}

// ApplyPatch appends to dst the document that a patch makes of base. base is
// nil where there is none: then the patch must start with a replacement, which
// only capped collections keep in patches, or it is CodeInvalidData.
func (a *Applier) ApplyPatch(dst, base, patch []byte) ([]byte, error) {
	doc, turn := base, 0
	err := readPatch(patch, func(u Update) (err error) {
		if doc == nil && !u.Replaces() {
			return errPatch("there is no document to apply it to")
		}
		doc, err = a.Apply(a.turns[turn][:0], doc, u)
		a.turns[turn], turn = doc, 1-turn
		return err
	})
	if err != nil {
		return dst, err
	}
	return append(dst, doc...), nil
}

// ApplyPatches returns the document that a patch makes of base, in memory of
// its own. Errors are those of Applier.ApplyPatch.
func ApplyPatches(base, patch []byte) ([]byte, error) {
	return new(Applier).ApplyPatch(nil, base, patch)
}

// ComposePatches makes one patch of several, the oldest first. Applying it is
// applying them one after the other to a document that has the fields they
// change. Neighbouring updates become one where one can say what both do.
func ComposePatches(patches ...[]byte) ([]byte, error) {
	return new(composer).patches(nil, patches...)
}

// patches appends to dst, which must be empty and may be what patches had.
func (c *composer) patches(dst []byte, patches ...[]byte) ([]byte, error) {
	c.reset()
	all := c.updates[:0]
	for _, p := range patches {
		err := readPatch(p, func(u Update) error {
			if u.Replaces() {
				all = all[:0]
			}
			all = append(all, u)
			return nil
		})
		if err != nil {
			return dst, err
		}
	}
	c.updates = all
	all, err := c.all(all)
	if err != nil {
		return dst, err
	}
	made := c.made[:0]
	for _, u := range all {
		made = AppendPatch(made, u)
	}
	c.made = made
	return append(dst, made...), nil
}

// all composes neighbours by halves, so that a body is copied as often as the
// logarithm of their number. What it returns is where all was.
func (c *composer) all(all []Update) ([]Update, error) {
	for len(all) > 1 {
		first := len(all) % 2 // which is the longest, and waits
		kept := all[:first]
		for i := first; i < len(all); i += 2 {
			u, ok, err := c.compose(all[i], all[i+1])
			switch {
			case err != nil:
				return nil, err
			case ok:
				kept = append(kept, u)
			default:
				kept = append(kept, all[i], all[i+1])
			}
		}
		if len(kept) == len(all) {
			break
		}
		all = kept
	}
	return all, nil
}

// compose makes one update of two. It is false where no update says what both
// do.
func (c *composer) compose(older, newer Update) (Update, bool, error) {
	var body []byte
	var ok bool
	var err error
	switch {
	case newer.Replaces():
		return newer, true, nil
	case older.Replaces():
		body, ok, err = c.make(func(dst []byte) ([]byte, bool, error) {
			dst, err := c.applier.Apply(dst, older.body, newer)
			return dst, err == nil, err
		})
	case older.form != newer.form:
		return Update{}, false, nil
	case older.form == formDiff:
		body, ok, err = c.documents(older.body, newer.body)
	default:
		body, ok, err = composeModifiers(older.body, newer.body)
	}
	return Update{older.form, body}, ok, err
}
