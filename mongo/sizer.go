package mongo

import "tidemark"

const (
	// firstBatch is how many documents the first reply has at most. It is
	// small, since the size of documents is not known before it.
	firstBatch = 64
	maxBatch   = 1 << 20
)

// sizer chooses how many documents a reply should have, by the average size of
// those that came.
type sizer struct {
	first            int32
	most             int64
	want             int64 // bytes
	documents, bytes int64
}

func (d *Deployment) newSizer(info tidemark.ServerInfo) *sizer {
	s := &sizer{first: firstBatch, most: maxBatch, want: int64(d.opts.BatchBytes)}
	if info.Embedded {
		s.first, s.most = embeddedSafeBatch, embeddedBatch
	}
	if d.smallReplies.Load() {
		s.first, s.most = embeddedSafeBatch, embeddedSafeBatch
	}
	return s
}

// newOplogSizer is for entries of an oplog, which come small and by the million.
func newOplogSizer(want int) *sizer {
	return &sizer{first: firstBatch, most: maxBatch, want: int64(want)}
}

func (s *sizer) add(size int) {
	s.documents++
	s.bytes += int64(size)
}

// next is how many documents of the average size come near the wanted bytes.
func (s *sizer) next() int32 {
	if s.documents == 0 {
		return s.first
	}
	return int32(min(max(s.want*s.documents/s.bytes, 1), s.most))
}
