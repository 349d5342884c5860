package tidemark

// RestoreOptions is what a restore may be asked beyond the words of Atlas. The
// zero value is a whole restore as Atlas does it: all data of the target is
// replaced.
type RestoreOptions struct {
	// Namespaces chooses what of the snapshot is restored: "db",
	// "db.collection" or a pattern of it in which * stands for any characters.
	// None is all. A choice leaves alone what else the target has, and so do
	// Renames and Suffix.
	Namespaces []string `json:"namespaces,omitempty"`
	// Exclude leaves out of what is chosen, by the same patterns. It is a
	// choice, too.
	Exclude []string `json:"exclude,omitempty"`
	// Renames says under which names namespaces come back; the first that
	// matches counts.
	Renames []NamespaceRename `json:"renames,omitempty"`
	// Suffix is put behind the names of all databases, after Renames.
	Suffix string `json:"suffix,omitempty"`
	// Existing says what happens to namespaces of the target that the restore
	// brings.
	Existing ExistingRule `json:"existing,omitempty"`
	// NoVerify leaves out reading back and comparing.
	NoVerify bool `json:"noVerify,omitempty"`
	// MaxBytesPerSecond bounds loading, in BSON bytes; zero: no bound.
	MaxBytesPerSecond int64 `json:"maxBytesPerSecond,omitempty"`
	// Writers is the most goroutines that load; zero: the service's default.
	Writers int `json:"writers,omitempty"`
	// SafetySnapshot says whether the target is kept before it is replaced.
	SafetySnapshot SafetyRule `json:"safetySnapshot,omitempty"`
	// Drop are further namespaces of the target that go, exact names; one that
	// is not there is passed over. An undo needs it for what the restore before
	// it brought anew.
	Drop []string `json:"drop,omitempty"`
}

// NamespaceRename brings namespaces back under other names. From is a pattern
// as in RestoreOptions; the stars of To stand for what those of From matched,
// in order, so To has as many. Both are databases or both are collections; a
// time-series collection takes its buckets along.
type NamespaceRename struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// ExistingRule says what happens to namespaces that are there.
type ExistingRule string

// The rules; "" is replace.
const (
	ExistingReplace ExistingRule = "replace"
	// ExistingRefuse fails before it touches anything if it would replace or
	// drop a namespace, those of Drop apart.
	ExistingRefuse ExistingRule = "refuse"
)

// SafetyRule says when a target is kept before a restore replaces it.
type SafetyRule string

// The rules; "" is auto.
const (
	SafetyAuto   SafetyRule = "auto"   // where the target has continuous backup, which makes it cheap
	SafetyNever  SafetyRule = "never"  //
	SafetyAlways SafetyRule = "always" // by a whole snapshot where it must be
)

// Chosen says whether the options restore a part only.
func (o RestoreOptions) Chosen() bool { return len(o.Namespaces) > 0 || len(o.Exclude) > 0 }

// Whole says whether all data of the target is replaced: what the snapshot does
// not have is dropped. A choice, a rename or a suffix leaves it.
func (o RestoreOptions) Whole() bool {
	return !o.Chosen() && len(o.Renames) == 0 && o.Suffix == ""
}

// RestorePlan is what a restore will do, before it does anything.
type RestorePlan struct {
	SnapshotID    ID        `json:"snapshotId"`
	ClusterTime   Timestamp `json:"clusterTime"` // the instant that comes back; zero where it is not known
	SourceVersion string    `json:"sourceVersion"`
	TargetVersion string    `json:"targetVersion"`
	// Collections are those that are loaded, in that order, and views.
	Collections []PlannedCollection `json:"collections"`
	// Drops are namespaces of the target that go.
	Drops []string `json:"drops,omitempty"`
	// Leftovers are staged collections of dead jobs that are removed.
	Leftovers []string `json:"leftovers,omitempty"`
	Documents int64    `json:"documents"`
	Bytes     int64    `json:"bytes"`     // of BSON that are written
	ReadBytes int64    `json:"readBytes"` // that are read from the vault
	Indexes   int      `json:"indexes"`   // that are built
	// OplogEntries are those between the snapshot and the instant; -1 where
	// they were not counted.
	OplogEntries int64    `json:"oplogEntries,omitempty"`
	Warnings     []string `json:"warnings,omitempty"`
}

// PlannedCollection is one collection or view of a plan.
type PlannedCollection struct {
	Namespace string         `json:"namespace"`      // on the target
	From      string         `json:"from,omitempty"` // in the snapshot, where that differs
	Type      CollectionType `json:"type"`
	Documents int64          `json:"documents"`
	Bytes     int64          `json:"bytes"`
	// Estimated says that documents changed since they were last counted, so
	// that Bytes is about right only.
	Estimated bool     `json:"estimated,omitempty"`
	Indexes   []string `json:"indexes,omitempty"` // names of those that are built
	Replaces  bool     `json:"replaces"`          // the target has one of that name
	InPlace   bool     `json:"inPlace"`           // it cannot be loaded beside the live one
}
