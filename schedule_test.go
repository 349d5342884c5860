package tidemark_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark"
)

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("Mon 2006-01-02 15:04:05", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// at is a schedule of one item at 03:17.
func at(f tidemark.Frequency, interval int) *tidemark.Schedule {
	return &tidemark.Schedule{ReferenceHour: 3, ReferenceMinute: 17, Items: []tidemark.PolicyItem{
		{Frequency: f, Interval: interval, Retention: tidemark.Retention{Unit: tidemark.RetainDays, Value: 1}},
	}}
}

func TestScheduleNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		frequency   tidemark.Frequency
		interval    int
		after, want string
	}{
		{"hourly", 6, "Tue 2026-03-03 03:16:59", "Tue 2026-03-03 03:17:00"},
		{"hourly", 6, "Tue 2026-03-03 03:17:00", "Tue 2026-03-03 09:17:00"},
		{"hourly", 6, "Tue 2026-03-03 22:00:00", "Wed 2026-03-04 03:17:00"},
		{"hourly", 6, "Tue 2026-03-03 00:00:00", "Tue 2026-03-03 03:17:00"},
		{"hourly", 12, "Tue 2026-03-03 00:00:00", "Tue 2026-03-03 03:17:00"},
		{"hourly", 12, "Tue 2026-03-03 03:17:00", "Tue 2026-03-03 15:17:00"},
		{"hourly", 1, "Thu 2026-12-31 23:59:00", "Fri 2027-01-01 00:17:00"},
		{"daily", 1, "Tue 2026-03-03 03:16:00", "Tue 2026-03-03 03:17:00"},
		{"daily", 1, "Tue 2026-03-03 03:17:00", "Wed 2026-03-04 03:17:00"},
		{"daily", 1, "Sat 2026-02-28 12:00:00", "Sun 2026-03-01 03:17:00"},
		{"weekly", 1, "Tue 2026-03-03 00:00:00", "Mon 2026-03-09 03:17:00"},
		{"weekly", 2, "Tue 2026-03-03 03:16:00", "Tue 2026-03-03 03:17:00"},
		{"weekly", 2, "Tue 2026-03-03 03:17:00", "Tue 2026-03-10 03:17:00"},
		{"weekly", 7, "Tue 2026-03-03 03:17:00", "Sun 2026-03-08 03:17:00"},
		{"weekly", 7, "Sun 2026-03-08 04:00:00", "Sun 2026-03-15 03:17:00"},
		{"monthly", 1, "Tue 2026-03-03 03:17:00", "Wed 2026-04-01 03:17:00"},
		{"monthly", 28, "Sat 2026-02-28 03:17:00", "Sat 2026-03-28 03:17:00"},
		{"monthly", 40, "Tue 2026-02-03 03:17:00", "Sat 2026-02-28 03:17:00"},
		{"monthly", 40, "Sat 2026-02-28 03:17:00", "Tue 2026-03-31 03:17:00"},
		{"monthly", 40, "Thu 2028-02-03 03:17:00", "Tue 2028-02-29 03:17:00"},
		{"monthly", 40, "Thu 2026-12-31 03:17:00", "Sun 2027-01-31 03:17:00"},
		{"monthly", 40, "Sun 2027-01-31 12:00:00", "Sun 2027-02-28 03:17:00"},
		{"yearly", 12, "Tue 2026-03-03 03:17:00", "Tue 2026-12-01 03:17:00"},
		{"yearly", 12, "Tue 2026-12-01 03:17:00", "Wed 2027-12-01 03:17:00"},
		{"yearly", 1, "Thu 2026-01-01 03:16:00", "Thu 2026-01-01 03:17:00"},
	} {
		t.Run(fmt.Sprint(c.frequency, c.interval, c.after), func(t *testing.T) {
			t.Parallel()
			if got, want := at(c.frequency, c.interval).Next(moment(t, c.after)), moment(t, c.want); !got.Equal(want) {
				t.Errorf("after %s comes %s, not %s", c.after, got, want)
			}
		})
	}
	if next := (&tidemark.Schedule{}).Next(time.Now()); !next.IsZero() {
		t.Errorf("a schedule without items is due at %s", next)
	}
}

// matches says without any arithmetic of steps whether an item has a snapshot
// taken at t.
func matches(s *tidemark.Schedule, item tidemark.PolicyItem, t time.Time) bool {
	if t.Minute() != s.ReferenceMinute || t.Second() != 0 || t.Nanosecond() != 0 {
		return false
	}
	if item.Frequency == tidemark.FrequencyHourly {
		return (t.Hour()-s.ReferenceHour+24)%item.Interval == 0
	}
	if t.Hour() != s.ReferenceHour {
		return false
	}
	switch item.Frequency {
	case tidemark.FrequencyWeekly:
		return int(t.Weekday()) == item.Interval%7
	case tidemark.FrequencyMonthly:
		return t.Day() == item.Interval || item.Interval == tidemark.LastDayOfMonth && t.AddDate(0, 0, 1).Day() == 1
	case tidemark.FrequencyYearly:
		return t.Day() == 1 && int(t.Month()) == item.Interval
	}
	return true
}

func drawSchedule(t *rapid.T) *tidemark.Schedule {
	intervals := map[tidemark.Frequency][]int{
		"hourly": {1, 2, 4, 6, 8, 12}, "daily": {1}, "weekly": {1, 2, 3, 4, 5, 6, 7},
		"monthly": {1, 2, 15, 27, 28, 40}, "yearly": {1, 2, 3, 11, 12},
	}
	names := []tidemark.Frequency{"hourly", "daily", "weekly", "monthly", "yearly"}
	s := &tidemark.Schedule{ReferenceHour: rapid.IntRange(0, 23).Draw(t, "hour"), ReferenceMinute: rapid.IntRange(0, 59).Draw(t, "minute"), RestoreWindowDays: 1}
	for range rapid.IntRange(1, 4).Draw(t, "items") {
		f := rapid.SampledFrom(names).Draw(t, "frequency")
		s.Items = append(s.Items, tidemark.PolicyItem{
			ID: tidemark.NewID(), Frequency: f, Interval: rapid.SampledFrom(intervals[f]).Draw(t, "interval"),
			Retention: tidemark.Retention{
				Unit:  rapid.SampledFrom([]tidemark.RetentionUnit{"days", "weeks", "months", "years"}).Draw(t, "unit"),
				Value: rapid.IntRange(1, 40).Draw(t, "value"),
			},
		})
	}
	return s
}

// TestScheduleNextIsTheFirst walks hour by hour from any time to the next
// snapshot: there is none on the way, and there is one at the end.
func TestScheduleNextIsTheFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		from := time.Unix(rapid.Int64Range(1_700_000_000, 2_000_000_000).Draw(t, "from"), 0).UTC()
		next := s.Next(from)
		if !next.After(from) {
			t.Fatalf("%s is not after %s", next, from)
		}
		for at := from.Truncate(time.Hour).Add(time.Duration(s.ReferenceMinute) * time.Minute); at.Before(next); at = at.Add(time.Hour) {
			for _, item := range s.Items {
				if at.After(from) && matches(s, item, at) {
					t.Fatalf("%v is due at %s, before %s", item, at, next)
				}
			}
		}
		for _, item := range s.Items {
			due := slices.Contains(s.Due(next, next), item)
			if due != matches(s, item, next) {
				t.Fatalf("%v is due at %s: %v", item, next, due)
			}
		}
		if len(s.Due(next, next)) == 0 {
			t.Fatalf("nothing is due at %s", next)
		}
	})
}

// TestScheduleLabel keeps a snapshot as long as the longest of its items says.
func TestScheduleLabel(t *testing.T) {
	t.Parallel()
	i := &tidemark.Instance{ID: tidemark.NewID(), CreatedAt: moment(t, "Tue 2026-03-03 03:17:00"), Kind: tidemark.KindDedicated}
	s := tidemark.DefaultSchedule(i)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if again := tidemark.DefaultSchedule(i); again.PolicyID != s.PolicyID || again.Items[4].ID != s.Items[4].ID {
		t.Error("the default schedule has other IDs each time")
	}
	for _, c := range []struct {
		at        string
		frequency tidemark.Frequency
		expires   string
		items     int
	}{
		{"Tue 2026-03-03 09:17:00", "hourly", "Tue 2026-03-10 09:17:00", 1},
		{"Wed 2026-03-04 03:17:00", "daily", "Wed 2026-03-11 03:17:00", 2},
		{"Sat 2026-03-07 03:17:00", "weekly", "Sat 2026-04-04 03:17:00", 3},
		{"Tue 2026-03-31 03:17:00", "monthly", "Wed 2027-03-31 03:17:00", 3},
		{"Tue 2026-12-01 03:17:00", "yearly", "Wed 2027-12-01 03:17:00", 3},
	} {
		at := moment(t, c.at)
		snap := &tidemark.Snapshot{CreatedAt: at}
		s.Label(snap, s.Due(at, at))
		if snap.Frequency != c.frequency || !snap.ExpiresAt.Equal(moment(t, c.expires)) || len(snap.PolicyItems) != c.items {
			t.Errorf("%s: %s until %s of %d items", c.at, snap.Frequency, snap.ExpiresAt, len(snap.PolicyItems))
		}
	}
	s.ExtraRetention = []tidemark.ExtraRetention{{Frequency: "hourly", Days: 100}}
	at := moment(t, "Sat 2026-03-07 03:17:00")
	snap := &tidemark.Snapshot{CreatedAt: at}
	s.Label(snap, s.Due(at, at))
	if snap.Frequency != "hourly" || !snap.ExpiresAt.Equal(at.AddDate(0, 0, 107)) {
		t.Errorf("with extra retention it is %s until %s", snap.Frequency, snap.ExpiresAt)
	}
}

// TestScheduleDue finds what a late snapshot stands in for.
func TestScheduleDue(t *testing.T) {
	t.Parallel()
	s := tidemark.DefaultSchedule(&tidemark.Instance{ID: tidemark.NewID(), CreatedAt: moment(t, "Tue 2026-03-03 03:17:00")})
	late := s.Due(moment(t, "Mon 2026-03-30 15:17:00"), moment(t, "Tue 2026-03-31 03:20:00"))
	if len(late) != 3 {
		t.Errorf("late is %v", late)
	}
	if none := s.Due(moment(t, "Mon 2026-03-30 15:18:00"), moment(t, "Mon 2026-03-30 15:19:00")); len(none) != 0 {
		t.Errorf("between two snapshots %v is due", none)
	}
}

func TestScheduleCheck(t *testing.T) {
	t.Parallel()
	days := func(n int) tidemark.Retention {
		return tidemark.Retention{Unit: tidemark.RetainDays, Value: n}
	}
	for name, c := range map[string]struct {
		edit func(*tidemark.Schedule)
		want tidemark.Code
	}{
		"the default":         {func(*tidemark.Schedule) {}, ""},
		"no items":            {func(s *tidemark.Schedule) { s.Items = nil }, ""},
		"hour 24":             {func(s *tidemark.Schedule) { s.ReferenceHour = 24 }, tidemark.CodeInvalidSchedule},
		"minute -1":           {func(s *tidemark.Schedule) { s.ReferenceMinute = -1 }, tidemark.CodeInvalidSchedule},
		"no window":           {func(s *tidemark.Schedule) { s.RestoreWindowDays = 0 }, tidemark.CodeInvalidRestoreWindow},
		"a window too long":   {func(s *tidemark.Schedule) { s.RestoreWindowDays = 8 }, tidemark.CodeInvalidRestoreWindow},
		"every five hours":    {func(s *tidemark.Schedule) { s.Items[0].Interval = 5 }, tidemark.CodeInvalidPolicy},
		"every other day":     {func(s *tidemark.Schedule) { s.Items[1].Interval = 2 }, tidemark.CodeInvalidPolicy},
		"an eighth weekday":   {func(s *tidemark.Schedule) { s.Items[2].Interval = 8 }, tidemark.CodeInvalidPolicy},
		"the 29th":            {func(s *tidemark.Schedule) { s.Items[3].Interval = 29 }, tidemark.CodeInvalidPolicy},
		"a 13th month":        {func(s *tidemark.Schedule) { s.Items[4].Interval = 13 }, tidemark.CodeInvalidPolicy},
		"two daily":           {func(s *tidemark.Schedule) { s.Items = append(s.Items, s.Items[1]) }, tidemark.CodeInvalidPolicyItems},
		"one weekly twice":    {func(s *tidemark.Schedule) { s.Items = append(s.Items, s.Items[2]) }, tidemark.CodeInvalidPolicy},
		"another weekly":      {func(s *tidemark.Schedule) { s.Items = append(s.Items, s.Items[2]); s.Items[5].Interval = 2 }, ""},
		"no retention":        {func(s *tidemark.Schedule) { s.Items[4].Retention.Value = 0 }, tidemark.CodeInvalidPolicy},
		"retention of hours":  {func(s *tidemark.Schedule) { s.Items[4].Retention.Unit = "hours" }, tidemark.CodeInvalidPolicy},
		"daily above weekly":  {func(s *tidemark.Schedule) { s.Items[1].Retention = days(29) }, tidemark.CodeInvalidPolicy},
		"months above a year": {func(s *tidemark.Schedule) { s.Items[3].Retention.Value = 13 }, tidemark.CodeInvalidPolicy},
		"extra of no days":    {func(s *tidemark.Schedule) { s.ExtraRetention = []tidemark.ExtraRetention{{"daily", 0}} }, tidemark.CodeInvalidPolicy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tidemark.DefaultSchedule(&tidemark.Instance{ID: tidemark.NewID(), CreatedAt: moment(t, "Tue 2026-03-03 03:17:00")})
			c.edit(s)
			if got := tidemark.ErrorCode(s.Check()); got != c.want {
				t.Errorf("the code is %q, not %q: %v", got, c.want, s.Check())
			}
		})
	}
}

func drawPolicy(t *rapid.T) *tidemark.CompliancePolicy {
	return &tidemark.CompliancePolicy{
		Scheduled: drawSchedule(t).Items, PointInTime: rapid.Bool().Draw(t, "pit"), RestoreWindowDays: rapid.IntRange(1, 40).Draw(t, "window"),
	}
}

// TestComplianceStrengthens makes any valid schedule meet any valid policy, and
// it stays valid.
func TestComplianceStrengthens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.Custom(drawSchedule).Filter(func(s *tidemark.Schedule) bool { return s.Check() == nil }).Draw(t, "schedule")
		p := rapid.Custom(drawPolicy).Filter(func(p *tidemark.CompliancePolicy) bool { return p.Check() == nil }).Draw(t, "policy")
		met := p.Met(s)
		before := slices.Clone(s.Items)
		p.Strengthen(s)
		if err := p.Met(s); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		if met == nil && !slices.Equal(before, s.Items) {
			t.Fatalf("it met the policy and was changed: %v, %v", before, s.Items)
		}
		if weaker := p.Weaker(p); weaker != "" {
			t.Fatalf("it is weaker than itself in %s", weaker)
		}
	})
}

func TestRetention(t *testing.T) {
	t.Parallel()
	if (tidemark.Retention{Unit: "months", Value: 12}).Days() != (tidemark.Retention{Unit: "years", Value: 1}).Days() {
		t.Error("twelve months are not a year")
	}
	if (tidemark.Retention{Unit: "years", Value: 101}).Valid() || (tidemark.Retention{Unit: "days"}).Valid() {
		t.Error("retentions without a bound are valid")
	}
	if got := (tidemark.Retention{Unit: "weeks", Value: 2}).Until(moment(t, "Tue 2026-03-03 03:17:00")); !got.Equal(moment(t, "Tue 2026-03-17 03:17:00")) {
		t.Errorf("two weeks end at %s", got)
	}
}
