package atlas

import "tidemark"

// ownCapture is how far the continuous capture of an instance is. Timestamps
// have the form "1700000000:3": seconds and the ordinal of the entry in them.
type ownCapture struct {
	FailCode    tidemark.Code `json:"failCode,omitempty"`
	FailReason  string        `json:"failReason,omitempty"`
	GapAfter    string        `json:"gapAfter,omitempty"` // where entries were lost last
	LagSeconds  float64       `json:"lagSeconds"`
	Latest      string        `json:"latest,omitempty"`      // that the deployment had at seenAt
	Position    string        `json:"position,omitempty"`    // the last entry that is captured
	SeenAt      *date         `json:"seenAt,omitempty"`      // when the deployment was last asked
	WindowStart string        `json:"windowStart,omitempty"` // the earliest instant that can be restored
}

// captureOf is nil for an instance without continuous backup.
func captureOf(c *tidemark.Capture) *ownCapture {
	if c == nil {
		return nil
	}
	return &ownCapture{
		FailCode:    c.FailCode,
		FailReason:  c.FailReason,
		GapAfter:    entryOf(c.GapAfter),
		LagSeconds:  c.Lag().Seconds(),
		Latest:      entryOf(c.SourceTime),
		Position:    entryOf(c.Position),
		SeenAt:      dateOf(c.SeenAt),
		WindowStart: entryOf(c.WindowStart),
	}
}

// entryOf is empty for a time that is not known.
func entryOf(t tidemark.Timestamp) string {
	if t.IsZero() {
		return ""
	}
	return t.String()
}
