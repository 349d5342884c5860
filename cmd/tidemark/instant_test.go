package main

import (
	"reflect"
	"testing"

	"tidemark"
	"tidemark/client"
)

func TestInstant(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]client.NewRestoreJob{
		"1772366400:3":              {OplogTs: 1772366400, OplogInc: 3},
		"2026-03-01T12:00:00Z":      {PointInTimeUTCSeconds: 1772366400},
		"2026-03-01T13:00:00+01:00": {PointInTimeUTCSeconds: 1772366400},
	} {
		var got client.NewRestoreJob
		if err := setInstant(&got, at); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v: %v", at, got, err)
		}
	}
	for _, at := range []string{"", "yesterday", "1772366400", "1772366400:", ":3", "1772366400:0", "0:1", "1772366400:-1", "4294967296:1", "12:00:00", "1960-01-01T00:00:00Z"} {
		if err := setInstant(&client.NewRestoreJob{}, at); tidemark.ErrorCode(err) != tidemark.CodeInvalidAttribute || tidemark.ErrorHint(err) == "" {
			t.Errorf("%q: %v", at, err)
		}
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]*client.Capture{
		"off":                                  nil,
		"starting":                             {},
		"at 5:1, waiting for a first snapshot": {Position: "5:1"},
		"2:1 to 5:1":                           {Position: "5:1", WindowStart: "2:1"},
		"2:1 to 5:1, behind by 1m5s":           {Position: "5:1", WindowStart: "2:1", LagSeconds: 65},
		"stopped at 5:1: nobody answers":       {Position: "5:1", WindowStart: "2:1", FailReason: "nobody answers"},
	} {
		if got := window(c); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
