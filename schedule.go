package tidemark

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// Schedule is the backup policy of a dedicated instance: when its snapshots
// are taken, and how long they are kept. Times are UTC.
type Schedule struct {
	PolicyID ID           `json:"policyId"`
	Items    []PolicyItem `json:"items"`
	// ReferenceHour and ReferenceMinute are the time of day of all snapshots
	// but hourly ones, which are a whole number of intervals from it.
	ReferenceHour   int `json:"referenceHour"`
	ReferenceMinute int `json:"referenceMinute"`
	// RestoreWindowDays is how far back the oplog is kept, with continuous backup.
	RestoreWindowDays int `json:"restoreWindowDays"`
	// ExtraRetention keeps snapshots of a frequency longer than their items say.
	ExtraRetention []ExtraRetention `json:"extraRetention,omitempty"`
	// Export exports snapshots of one frequency by themselves; nil for none.
	Export *AutoExport `json:"export,omitempty"`
	// AutoExport turns Export on.
	AutoExport bool `json:"autoExport,omitempty"`
	// NamesInExports puts the names of organization and project into the paths
	// of exports, instead of their IDs.
	NamesInExports bool `json:"namesInExports,omitempty"`

	// The instance, filled by reads of the service.
	InstanceID     ID        `json:"-"`
	InstanceName   string    `json:"-"`
	NextSnapshotAt time.Time `json:"-"` // zero: none due
}

// PolicyItem is one rule of a schedule.
type PolicyItem struct {
	ID        ID        `json:"id"`
	Frequency Frequency `json:"frequency"`
	// Interval is, of an hourly item, 1, 2, 4, 6, 8 or 12 hours; of a weekly
	// one the day, Monday being 1; of a monthly one the day, 40 being the last;
	// of a yearly one the month, on whose first day it is. Of a daily one it is 1.
	Interval  int       `json:"interval"`
	Retention Retention `json:"retention"`
}

// LastDayOfMonth is the Interval of a monthly item that means the last day.
const LastDayOfMonth = 40

// ExtraRetention adds days to the retention of snapshots of one frequency.
type ExtraRetention struct {
	Frequency Frequency `json:"frequency"`
	Days      int       `json:"days"`
}

// AutoExport says which snapshots are exported, and whereto.
type AutoExport struct {
	BucketID  ID        `json:"bucketId,omitempty"`
	Frequency Frequency `json:"frequency,omitempty"`
}

// frequencies are those of policy items, the most frequent first.
var frequencies = []Frequency{FrequencyHourly, FrequencyDaily, FrequencyWeekly, FrequencyMonthly, FrequencyYearly}

// rank orders frequencies: the less frequent, the higher. -1 for no frequency
// of a policy item.
func (f Frequency) rank() int { return slices.Index(frequencies, f) }

// ValidInterval says whether an item of the frequency may have the interval.
func (f Frequency) ValidInterval(n int) bool {
	switch f {
	case FrequencyHourly:
		return slices.Contains([]int{1, 2, 4, 6, 8, 12}, n)
	case FrequencyDaily:
		return n == 1
	case FrequencyWeekly:
		return n >= 1 && n <= 7
	case FrequencyMonthly:
		return n >= 1 && n <= 28 || n == LastDayOfMonth
	case FrequencyYearly:
		return n >= 1 && n <= 12
	}
	return false
}

// Next is the first time after a given one at which the schedule has a
// snapshot taken; zero if it has no items.
func (s *Schedule) Next(after time.Time) time.Time {
	var next time.Time
	for _, item := range s.Items {
		if t := s.nextOf(item, after); next.IsZero() || t.Before(next) {
			next = t
		}
	}
	return next
}

// Due lists the items that have a snapshot taken at from, at to or in between:
// those that a snapshot serves which was due at from and is taken at to.
func (s *Schedule) Due(from, to time.Time) []PolicyItem {
	var due []PolicyItem
	for _, item := range s.Items {
		if !s.nextOf(item, from.Add(-1)).After(to) {
			due = append(due, item)
		}
	}
	return due
}

// nextOf is the first time of an item after a given one.
func (s *Schedule) nextOf(item PolicyItem, after time.Time) time.Time {
	after = after.UTC()
	year, month, day := after.Date()
	at := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, s.ReferenceHour, s.ReferenceMinute, 0, 0, time.UTC)
	}
	switch item.Frequency {
	case FrequencyHourly:
		step := time.Duration(item.Interval) * time.Hour
		t := at(year, month, day-1)
		return t.Add((after.Sub(t)/step + 1) * step)
	case FrequencyWeekly:
		weekday := time.Weekday(item.Interval % 7)
		day += int(weekday-after.Weekday()+7) % 7
		return firstAfter(after, at(year, month, day), at(year, month, day+7))
	case FrequencyMonthly:
		if item.Interval == LastDayOfMonth {
			return firstAfter(after, at(year, month+1, 0), at(year, month+2, 0))
		}
		return firstAfter(after, at(year, month, item.Interval), at(year, month+1, item.Interval))
	case FrequencyYearly:
		m := time.Month(item.Interval)
		return firstAfter(after, at(year, m, 1), at(year+1, m, 1))
	default:
		return firstAfter(after, at(year, month, day), at(year, month, day+1))
	}
}

func firstAfter(after, first, second time.Time) time.Time {
	if first.After(after) {
		return first
	}
	return second
}

// Label gives a scheduled snapshot what it has of its items: the IDs, the
// frequency of the one that is kept the longest, and when it may go. Of items
// that are kept as long the less frequent one counts.
func (s *Schedule) Label(snap *Snapshot, items []PolicyItem) {
	snap.PolicyItems = nil
	snap.ExpiresAt = time.Time{}
	rank := -1
	for _, item := range items {
		snap.PolicyItems = append(snap.PolicyItems, item.ID)
		until := item.Retention.Until(snap.CreatedAt).AddDate(0, 0, s.Extra(item.Frequency))
		if until.After(snap.ExpiresAt) || until.Equal(snap.ExpiresAt) && item.Frequency.rank() > rank {
			snap.ExpiresAt, snap.Frequency, rank = until, item.Frequency, item.Frequency.rank()
		}
	}
}

// Extra is how many days snapshots of a frequency are kept longer.
func (s *Schedule) Extra(f Frequency) int {
	days := 0
	for _, e := range s.ExtraRetention {
		if e.Frequency == f {
			days = max(days, e.Days)
		}
	}
	return days
}

// Finest is the most frequent item; nil if there is none.
func (s *Schedule) Finest() *PolicyItem {
	var finest *PolicyItem
	for i, item := range s.Items {
		if finest == nil || item.Frequency.rank() < finest.Frequency.rank() {
			finest = &s.Items[i]
		}
	}
	return finest
}

// Item returns the item of that ID; nil if there is none.
func (s *Schedule) Item(id ID) *PolicyItem {
	for i := range s.Items {
		if s.Items[i].ID == id {
			return &s.Items[i]
		}
	}
	return nil
}

// RestoreWindow is RestoreWindowDays as a duration.
func (s *Schedule) RestoreWindow() time.Duration {
	return time.Duration(s.RestoreWindowDays) * 24 * time.Hour
}

// DefaultSchedule is that of a dedicated instance for which none was set. It
// is what Atlas gives a new cluster; its time of day is when the instance was
// made. Its IDs follow from the instance's.
func DefaultSchedule(i *Instance) *Schedule {
	made := i.CreatedAt.UTC()
	s := &Schedule{
		PolicyID: derivedID(i.ID, "policy"), ReferenceHour: made.Hour(), ReferenceMinute: made.Minute(), RestoreWindowDays: 7,
		Items: []PolicyItem{
			{Frequency: FrequencyHourly, Interval: 6, Retention: Retention{RetainDays, 7}},
			{Frequency: FrequencyDaily, Interval: 1, Retention: Retention{RetainDays, 7}},
			{Frequency: FrequencyWeekly, Interval: 6, Retention: Retention{RetainWeeks, 4}},
			{Frequency: FrequencyMonthly, Interval: LastDayOfMonth, Retention: Retention{RetainMonths, 12}},
			{Frequency: FrequencyYearly, Interval: 12, Retention: Retention{RetainYears, 1}},
		},
	}
	for n := range s.Items {
		s.Items[n].ID = s.newItemID(s.Items[n])
	}
	return s
}

// newItemID is the ID of an item that came into the schedule by itself.
func (s *Schedule) newItemID(item PolicyItem) ID {
	return derivedID(s.PolicyID, fmt.Sprintf("%s %d", item.Frequency, item.Interval))
}

// derivedID is the same for the same input, and like no other.
func derivedID(from ID, what string) ID {
	sum := sha256.Sum256([]byte(string(from) + " " + what))
	return ID(hex.EncodeToString(sum[:12]))
}

// ScheduleOf is the schedule of an instance: what was set, else the default,
// made as strong as the compliance policy of the project wants it. It is nil
// for an instance that is not dedicated.
func ScheduleOf(ctx context.Context, tx Tx, i *Instance) (*Schedule, error) {
	if i.Kind != KindDedicated {
		return nil, nil
	}
	s, err := tx.Schedule(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	if s == nil {
		s = DefaultSchedule(i)
		policy, err := tx.CompliancePolicy(ctx, i.ProjectID)
		if err != nil {
			return nil, err
		}
		if policy != nil {
			policy.Strengthen(s)
		}
	}
	s.InstanceID, s.InstanceName, s.NextSnapshotAt = i.ID, i.Name, i.NextSnapshotAt
	return s, nil
}
