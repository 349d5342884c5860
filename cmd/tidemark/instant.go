package main

import (
	"strconv"
	"strings"
	"time"

	"tidemark"
	"tidemark/client"
)

// setInstant asks for a point in time: a second in RFC 3339, with all that
// happened in it, or the last oplog entry that counts, as SECONDS:ORDINAL.
func setInstant(r *client.NewRestoreJob, at string) error {
	if seconds, ordinal, ok := strings.Cut(at, ":"); ok && !strings.Contains(ordinal, ":") {
		t, errT := strconv.ParseUint(seconds, 10, 32)
		i, errI := strconv.ParseUint(ordinal, 10, 32)
		if errT == nil && errI == nil && t > 0 && i > 0 {
			r.OplogTs, r.OplogInc = int64(t), int64(i)
			return nil
		}
	}
	t, err := time.Parse(time.RFC3339, at)
	if err != nil || t.Unix() <= 0 {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "%q is no point in time", at).
			WithHint("Give a time such as 2026-03-01T12:00:00Z, or an oplog entry such as 1772366400:3.")
	}
	r.PointInTimeUTCSeconds = t.Unix()
	return nil
}

// window shows from when to when an instance can be restored.
func window(c *client.Capture) string {
	switch {
	case c == nil:
		return "off"
	case c.FailReason != "":
		return "stopped at " + dash(c.Position) + ": " + c.FailReason
	case c.Position == "":
		return "starting"
	case c.WindowStart == "":
		return "at " + c.Position + ", waiting for a first snapshot"
	}
	text := c.WindowStart + " to " + c.Position
	if c.LagSeconds > 0 {
		text += ", behind by " + (time.Duration(c.LagSeconds) * time.Second).String()
	}
	return text
}
