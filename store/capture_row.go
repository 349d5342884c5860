package store

import (
	"github.com/uptrace/bun"

	"tidemark"
)

type captureRow struct {
	bun.BaseModel `bun:"table:captures,alias:c"`

	InstanceID   string `bun:"instance_id,pk"`
	PositionT    uint32 `bun:"position_t"`
	PositionI    uint32 `bun:"position_i"`
	WindowStartT uint32 `bun:"window_start_t"`
	WindowStartI uint32 `bun:"window_start_i"`
	GapAfterT    uint32 `bun:"gap_after_t"`
	GapAfterI    uint32 `bun:"gap_after_i"`
	SourceT      uint32 `bun:"source_t"`
	SourceI      uint32 `bun:"source_i"`
	SeenAt       millis `bun:"seen_at"`
	FailCode     string `bun:"fail_code"`
	FailReason   string `bun:"fail_reason"`
}

func captureRowOf(c *tidemark.Capture) *captureRow {
	return &captureRow{
		InstanceID: clean(string(c.InstanceID)),
		PositionT:  c.Position.T, PositionI: c.Position.I,
		WindowStartT: c.WindowStart.T, WindowStartI: c.WindowStart.I,
		GapAfterT: c.GapAfter.T, GapAfterI: c.GapAfter.I,
		SourceT: c.SourceTime.T, SourceI: c.SourceTime.I, SeenAt: millis(c.SeenAt),
		FailCode: clean(string(c.FailCode)), FailReason: clean(c.FailReason),
	}
}

func (r *captureRow) value() *tidemark.Capture {
	return &tidemark.Capture{
		InstanceID:  tidemark.ID(r.InstanceID),
		Position:    tidemark.Timestamp{T: r.PositionT, I: r.PositionI},
		WindowStart: tidemark.Timestamp{T: r.WindowStartT, I: r.WindowStartI},
		GapAfter:    tidemark.Timestamp{T: r.GapAfterT, I: r.GapAfterI},
		SourceTime:  tidemark.Timestamp{T: r.SourceT, I: r.SourceI}, SeenAt: stamp(r.SeenAt),
		FailCode: tidemark.Code(r.FailCode), FailReason: r.FailReason,
	}
}

type sliceRow struct {
	bun.BaseModel `bun:"table:slices,alias:l"`

	ID          string `bun:"id,pk"`
	InstanceID  string `bun:"instance_id"`
	AfterT      uint32 `bun:"after_t"`
	AfterI      uint32 `bun:"after_i"`
	FirstT      uint32 `bun:"first_t"`
	FirstI      uint32 `bun:"first_i"`
	LastT       uint32 `bun:"last_t"`
	LastI       uint32 `bun:"last_i"`
	Entries     int64  `bun:"entries"`
	RawBytes    int64  `bun:"raw_bytes"`
	StoredBytes int64  `bun:"stored_bytes"`
	Object      string `bun:"object"`
	CreatedAt   millis `bun:"created_at"`
}

func sliceRowOf(s *tidemark.Slice) *sliceRow {
	return &sliceRow{
		ID: clean(string(s.ID)), InstanceID: clean(string(s.InstanceID)),
		AfterT: s.After.T, AfterI: s.After.I, FirstT: s.First.T, FirstI: s.First.I, LastT: s.Last.T, LastI: s.Last.I,
		Entries: s.Entries, RawBytes: s.RawBytes, StoredBytes: s.StoredBytes,
		Object: clean(s.Object), CreatedAt: millis(s.CreatedAt),
	}
}

func (r *sliceRow) value() (*tidemark.Slice, error) {
	return &tidemark.Slice{
		ID: tidemark.ID(r.ID), InstanceID: tidemark.ID(r.InstanceID),
		After:   tidemark.Timestamp{T: r.AfterT, I: r.AfterI},
		First:   tidemark.Timestamp{T: r.FirstT, I: r.FirstI},
		Last:    tidemark.Timestamp{T: r.LastT, I: r.LastI},
		Entries: r.Entries, RawBytes: r.RawBytes, StoredBytes: r.StoredBytes,
		Object: r.Object, CreatedAt: stamp(r.CreatedAt),
	}, nil
}
