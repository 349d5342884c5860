package vault

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// The versions of the manifest format. A manifest is of the second if a
// Content is an estimate: who knows only the first cannot read its runs.
const (
	exactVersion    = 1
	manifestVersion = 2 // the newest that is read
)

// versionOf is the version that a manifest needs.
func versionOf(m *Manifest) int32 {
	for i := range m.Collections {
		if m.Collections[i].Content.Estimated {
			return manifestVersion
		}
	}
	return exactVersion
}

// maxItem bounds one document of a manifest. The largest is a collection with
// its options and its 64 indexes, each of which came in an answer of the
// server that is below 48 MB.
const maxItem = 64 << 20

// The words in the field "item", by which the documents of a manifest are told
// apart.
const (
	itemSnapshot   = "snapshot"
	itemCollection = "collection"
	itemRun        = "run"
	itemEnd        = "end"
)

// The BSON forms. RawValue takes a document over as bytes where Raw would walk
// through it.
type (
	snapshotItem struct {
		Item         string         `bson:"item"`
		Format       int32          `bson:"format"`
		SnapshotID   string         `bson:"snapshotId"`
		InstanceID   string         `bson:"instanceId"`
		Started      time.Time      `bson:"started"`
		Finished     time.Time      `bson:"finished"`
		ClusterTime  bson.Timestamp `bson:"clusterTime"`
		Server       serverItem     `bson:"server"`
		Transactions string         `bson:"transactions,omitempty"`
	}
	serverItem struct {
		Version          string `bson:"version"`
		FCV              string `bson:"fcv"`
		ReplicaSet       string `bson:"replicaSet"`
		Sharded          bool   `bson:"sharded"`
		MaxBatchBytes    int64  `bson:"maxBatchBytes"`
		MaxBatchCount    int64  `bson:"maxBatchCount"`
		MaxDocumentBytes int64  `bson:"maxDocumentBytes"`
		Embedded         bool   `bson:"embedded"`
		OplogAvailable   bool   `bson:"oplogAvailable"`
	}
	collectionItem struct {
		Item      string          `bson:"item"`
		DB        string          `bson:"db"`
		Name      string          `bson:"name"`
		Type      string          `bson:"type"`
		UUID      bson.Binary     `bson:"uuid"`
		Options   bson.RawValue   `bson:"options,omitempty"`
		Indexes   []bson.RawValue `bson:"indexes"`
		Documents int64           `bson:"documents"`
		Bytes     int64           `bson:"bytes"`
		Hash      string          `bson:"hash,omitempty"`
		Natural   bool            `bson:"natural"`
		Estimated bool            `bson:"estimated,omitempty"`
	}
	runItem struct {
		Item        string      `bson:"item"`
		Object      string      `bson:"object"`
		Collection  bson.Binary `bson:"collection"`
		Sequence    int64       `bson:"sequence"`
		First       []byte      `bson:"first"`
		Last        []byte      `bson:"last"`
		Entries     int64       `bson:"entries"`
		RawBytes    int64       `bson:"rawBytes"`
		RunBytes    int64       `bson:"runBytes"`
		StoredBytes int64       `bson:"storedBytes"`
	}
	endItem struct {
		Item        string `bson:"item"`
		Collections int64  `bson:"collections"`
		Runs        int64  `bson:"runs"`
	}
)

func snapshotItemOf(m *Manifest) snapshotItem {
	s := m.Server
	return snapshotItem{
		Item:        itemSnapshot,
		Format:      versionOf(m),
		SnapshotID:  m.SnapshotID.String(),
		InstanceID:  m.InstanceID.String(),
		Started:     m.Started,
		Finished:    m.Finished,
		ClusterTime: m.ClusterTime.BSON(), Transactions: m.Transactions,
		Server: serverItem{
			Version: s.Version, FCV: s.FCV, ReplicaSet: s.ReplicaSet, Sharded: s.Sharded,
			MaxBatchBytes: int64(s.MaxBatchBytes), MaxBatchCount: int64(s.MaxBatchCount),
			MaxDocumentBytes: int64(s.MaxDocumentBytes),
			Embedded:         s.Embedded, OplogAvailable: s.OplogAvailable,
		},
	}
}

func (i *snapshotItem) manifest() (Manifest, error) {
	snapshot, ok := tidemark.ParseID(i.SnapshotID)
	instance, ok2 := tidemark.ParseID(i.InstanceID)
	if !ok || !ok2 {
		return Manifest{}, invalid("a malformed id")
	}
	s := i.Server
	return Manifest{
		FormatVersion: int(i.Format),
		SnapshotID:    snapshot,
		InstanceID:    instance,
		Started:       i.Started,
		Finished:      i.Finished,
		ClusterTime:   tidemark.TimestampOf(i.ClusterTime),
		Transactions:  i.Transactions,
		Server: tidemark.ServerInfo{
			Version: s.Version, FCV: s.FCV, ReplicaSet: s.ReplicaSet, Sharded: s.Sharded,
			MaxBatchBytes: int(s.MaxBatchBytes), MaxBatchCount: int(s.MaxBatchCount),
			MaxDocumentBytes: int(s.MaxDocumentBytes),
			Embedded:         s.Embedded, OplogAvailable: s.OplogAvailable,
		},
	}, nil
}

func collectionItemOf(c *ManifestCollection) (collectionItem, error) {
	item := collectionItem{
		Item: itemCollection, DB: c.DB, Name: c.Name, Type: string(c.Type), UUID: uuidBinary(c.UUID),
		Documents: c.Content.Documents, Bytes: c.Content.Bytes, Hash: c.Content.Hash(), Natural: c.Natural,
		Estimated: c.Content.Estimated,
	}
	for _, doc := range append([]bson.Raw{c.Options}, c.Indexes...) {
		if doc != nil && doc.Validate() != nil {
			return item, tidemark.Errorf(tidemark.CodeInvalidData, "the options or indexes of %s are not BSON", c.Namespace())
		}
	}
	if c.Options != nil {
		item.Options = bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: c.Options}
	}
	for _, index := range c.Indexes {
		if index == nil {
			return item, tidemark.Errorf(tidemark.CodeInvalidData, "an index of %s is no document", c.Namespace())
		}
		item.Indexes = append(item.Indexes, bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: index})
	}
	return item, nil
}

func (i *collectionItem) collection() (*ManifestCollection, error) {
	c := &ManifestCollection{
		Collection: tidemark.Collection{DB: i.DB, Name: i.Name, Type: tidemark.CollectionType(i.Type)},
		Natural:    i.Natural,
	}
	var err error
	if i.Estimated {
		c.Content = tidemark.Estimate(i.Documents, i.Bytes)
	} else if c.Content, err = tidemark.ContentOf(i.Documents, i.Bytes, i.Hash); err != nil {
		return nil, err
	}
	if c.UUID, err = uuidOf(i.UUID); err != nil {
		return nil, err
	}
	if !i.Options.IsZero() {
		if c.Options, err = document(i.Options); err != nil {
			return nil, err
		}
	}
	for _, v := range i.Indexes {
		index, err := document(v)
		if err != nil {
			return nil, err
		}
		c.Indexes = append(c.Indexes, index)
	}
	return c, nil
}

func runItemOf(r *ManifestRun) (runItem, error) {
	return runItem{
		Item: itemRun, Object: r.Object, Collection: uuidBinary(r.Collection), Sequence: r.Sequence,
		First: r.First, Last: r.Last, Entries: r.Entries, RawBytes: r.RawBytes, RunBytes: r.RunBytes, StoredBytes: r.StoredBytes,
	}, CheckName(r.Object)
}

func (i *runItem) run() (*ManifestRun, error) {
	id, err := uuidOf(i.Collection)
	if err != nil {
		return nil, err
	}
	if i.Entries < 0 || i.RawBytes < 0 || i.RunBytes < 0 || i.StoredBytes < 0 {
		return nil, invalid("a negative size")
	}
	return &ManifestRun{
		Object: i.Object, Collection: id, Sequence: i.Sequence,
		First: i.First, Last: i.Last, Entries: i.Entries, RawBytes: i.RawBytes, RunBytes: i.RunBytes, StoredBytes: i.StoredBytes,
	}, CheckName(i.Object)
}

func uuidBinary(u tidemark.UUID) bson.Binary {
	return bson.Binary{Subtype: bson.TypeBinaryUUID, Data: u[:]}
}

func uuidOf(b bson.Binary) (tidemark.UUID, error) {
	if b.Subtype != bson.TypeBinaryUUID || len(b.Data) != 16 {
		return tidemark.UUID{}, invalid("a malformed UUID")
	}
	return tidemark.UUID(b.Data), nil
}

func document(v bson.RawValue) (bson.Raw, error) {
	if v.Type != bson.TypeEmbeddedDocument {
		return nil, invalid("a value that is not a document")
	}
	doc := bson.Raw(v.Value)
	return doc, doc.Validate()
}

// invalid is the error for an item that no Tidemark writes.
func invalid(what string) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "it has %s", what)
}
