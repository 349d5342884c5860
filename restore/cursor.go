package restore

import (
	"encoding/json"

	"tidemark"
)

// Steps of a restore, in order. They are also the phases that progress shows.
const (
	stepStage   = "staging"
	stepLoad    = "loading"
	stepIndex   = "indexing"
	stepVerify  = "verifying"
	stepCutOver = "cutting over"
)

// cursorVersion is that of the stored form. Version 1 knew nothing of documents
// that expire, and built all indexes at once.
const cursorVersion = 2

// cursor is how far a restore has come, as a next attempt needs to know it.
type cursor struct {
	Version int `json:"version"`
	// Ready says that Request.BeforeCutOver was called, and returned nil.
	Ready bool `json:"ready,omitempty"`
	// CuttingOver says that the target is no longer as it was.
	CuttingOver bool                         `json:"cuttingOver,omitempty"`
	Collections map[string]*collectionCursor `json:"collections"` // by namespace
	// Seconds spent in each step, over all attempts.
	Seconds map[string]float64 `json:"seconds"`
	// Dropped are the namespaces that the cut-over has dropped.
	Dropped []string `json:"dropped,omitempty"`
}

// collectionCursor is the part of one collection.
type collectionCursor struct {
	Staged   bool              `json:"staged,omitempty"`
	Parts    []byte            `json:"parts,omitempty"` // a bit for each part that is loaded
	Streamed tidemark.Content  `json:"streamed"`        // the sum over those parts
	Indexed  bool              `json:"indexed,omitempty"`
	Expires  bool              `json:"expires,omitempty"` // its TTL indexes are built as well
	ReadBack *tidemark.Content `json:"readBack,omitempty"`
	InPlace  bool              `json:"inPlace,omitempty"` // it stands where it belongs
	Form     string            `json:"form,omitempty"`    // what the target said of it when it was staged
	Lost     bool              `json:"lost,omitempty"`    // that was lost by renaming: it is loaded in place
}

func (c *collectionCursor) done(part int) bool {
	return part/8 < len(c.Parts) && c.Parts[part/8]&(1<<(part%8)) != 0
}

func (c *collectionCursor) finish(part int, streamed tidemark.Content) {
	for part/8 >= len(c.Parts) {
		c.Parts = append(c.Parts, 0)
	}
	c.Parts[part/8] |= 1 << (part % 8)
	c.Streamed.Merge(streamed)
}

// parseCursor reads what an earlier attempt saved; nil is a new start.
func parseCursor(b []byte) (*cursor, error) {
	c := &cursor{Version: cursorVersion}
	if len(b) > 0 {
		if err := json.Unmarshal(b, c); err != nil {
			return nil, tidemark.Errorf(tidemark.CodeInvalidData, "the restore job's cursor cannot be read: %w", err)
		}
	}
	if c.Version > cursorVersion {
		return nil, tidemark.Errorf(tidemark.CodeFormatTooNew, "the restore job's cursor is of version %d, this program knows %d", c.Version, cursorVersion).
			WithHint("Go on with the version of Tidemark that began the job.").
			WithParams("cursor", c.Version, cursorVersion)
	}
	c.Version = cursorVersion
	if c.Collections == nil {
		c.Collections = map[string]*collectionCursor{}
	}
	if c.Seconds == nil {
		c.Seconds = map[string]float64{}
	}
	return c, nil
}

// CuttingOver says whether a restore with that cursor has begun to change what
// the target had, so that it must be gone on with. An attempt saves the cursor
// that says so before it changes anything; if Request.Save refuses it, it does
// not begin.
func CuttingOver(b []byte) bool {
	c, err := parseCursor(b)
	return err != nil || c.CuttingOver
}

// of returns the part of a collection, making it if need be.
func (c *cursor) of(ns string) *collectionCursor {
	part, ok := c.Collections[ns]
	if !ok {
		part = &collectionCursor{}
		c.Collections[ns] = part
	}
	return part
}
