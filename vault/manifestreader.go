package vault

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// errManifestEnd says that a manifest was read to its proper end. It is not
// io.EOF, which a decoder may return for less.
var errManifestEnd = errors.New("end of manifest")

// manifestReader reads a manifest item by item, so that its length does not
// matter.
type manifestReader struct {
	name   string
	object io.Closer // nil where the bytes are not in a vault
	in     *bufio.Reader
	doc    bytes.Buffer // the document last read
	head   Manifest     // without collections and runs

	collections, runs int64 // seen so far
}

// openManifest opens a manifest and reads its first document.
func (v *Vault) openManifest(ctx context.Context, name string) (*manifestReader, error) {
	o, err := v.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	if o.Kind() != KindManifest {
		err := tidemark.Errorf(tidemark.CodeInvalidData, "object %s is no manifest but a %v", name, o.Kind())
		return nil, errors.Join(err, o.Close())
	}
	r := newManifestReader(name, io.NewSectionReader(o, 0, o.Size()))
	r.object = o
	if err := r.begin(); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return r, nil
}

func newManifestReader(name string, in io.Reader) *manifestReader {
	return &manifestReader{name: name, in: bufio.NewReaderSize(in, 32<<10)}
}

// Close lets go of the object.
func (r *manifestReader) Close() error { return r.object.Close() }

// begin reads the first document.
func (r *manifestReader) begin() error {
	doc, err := r.document()
	if err != nil {
		return r.explain(err)
	}
	if item := itemOf(doc); item != itemSnapshot {
		return r.explain(invalid("no snapshot at its beginning"))
	}
	// The version first: the rest of a later one may look different.
	if format, ok := doc.Lookup("format").AsInt64OK(); !ok || format < 1 {
		return r.explain(invalid("no format version"))
	} else if format > manifestVersion {
		return versionError("manifest", r.name, int(format), manifestVersion)
	}
	var s snapshotItem
	if err = bson.Unmarshal(doc, &s); err == nil {
		r.head, err = s.manifest()
	}
	return r.explain(err)
}

// next returns a *ManifestCollection or a *ManifestRun, and errManifestEnd after
// the last, once the counts at the end are right.
func (r *manifestReader) next() (any, error) {
	item, err := r.item()
	if errors.Is(err, errManifestEnd) {
		return nil, err
	}
	return item, r.explain(err)
}

func (r *manifestReader) item() (any, error) {
	doc, err := r.document()
	if err != nil {
		return nil, err
	}
	switch word := itemOf(doc); word {
	case itemCollection:
		r.collections++
		var c collectionItem
		if err := bson.Unmarshal(doc, &c); err != nil {
			return nil, err
		}
		return c.collection()
	case itemRun:
		r.runs++
		var run runItem
		if err := bson.Unmarshal(doc, &run); err != nil {
			return nil, err
		}
		return run.run()
	case itemEnd:
		return nil, r.end(doc)
	default:
		return nil, invalid("an unknown item")
	}
}

// end checks the last document and that it is the last.
func (r *manifestReader) end(doc bson.Raw) error {
	var e endItem
	if err := bson.Unmarshal(doc, &e); err != nil {
		return err
	}
	if e.Collections != r.collections || e.Runs != r.runs {
		return invalid("not as many items as it says")
	}
	if _, err := r.in.ReadByte(); err == nil {
		return invalid("more after its end")
	} else if !isEnd(err) {
		return err
	}
	return errManifestEnd
}

// document reads the next document. It is valid until the next call.
func (r *manifestReader) document() (bson.Raw, error) {
	var length [4]byte
	if _, err := io.ReadFull(r.in, length[:]); err != nil {
		return nil, cutShort(err)
	}
	n := int64(int32(binary.LittleEndian.Uint32(length[:])))
	if n < 5 || n > maxItem {
		return nil, invalid("a document of impossible length")
	}
	r.doc.Reset()
	r.doc.Write(length[:])
	// A wrong length costs no more memory than there are bytes.
	if _, err := io.CopyN(&r.doc, r.in, n-4); err != nil {
		return nil, cutShort(err)
	}
	doc := bson.Raw(r.doc.Bytes())
	return doc, doc.Validate()
}

// cutShort tells the end of the object from a failure to read it.
func cutShort(err error) error {
	if isEnd(err) {
		return invalid("no end")
	}
	return err
}

// isEnd says whether an error of reading means that there are no more bytes. A
// failure of the vault may wrap io.EOF, of a lost connection, and does not.
func isEnd(err error) bool {
	if _, failed := errors.AsType[*tidemark.Error](err); failed {
		return false
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// itemOf is the word that says what a document is.
func itemOf(doc bson.Raw) string {
	word, _ := doc.Lookup("item").StringValueOK()
	return word
}

// explain names the manifest in an error about its content. It leaves errors
// of the vault alone.
func (r *manifestReader) explain(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*tidemark.Error](err); ok && e.Code != tidemark.CodeInvalidData {
		return err
	}
	return tidemark.Errorf(tidemark.CodeInvalidData, "manifest %s cannot be understood: %w", r.name, err).
		WithParams(r.name).
		WithHint("Its seal is whole, so this is a fault of the Tidemark that wrote it; restore another snapshot and report it.")
}
