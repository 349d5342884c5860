package tidemark

import "time"

// RetentionUnit is a unit of retention in the words of a backup policy.
type RetentionUnit string

// The units. Months and years are those of the calendar.
const (
	RetainDays   RetentionUnit = "days"
	RetainWeeks  RetentionUnit = "weeks"
	RetainMonths RetentionUnit = "months"
	RetainYears  RetentionUnit = "years"
)

// Retention is how long a snapshot is kept.
type Retention struct {
	Unit  RetentionUnit `json:"unit"`
	Value int           `json:"value"` // at least 1
}

// RetentionMaxYears bounds every retention.
const RetentionMaxYears = 100

// Until is when a snapshot taken at t may go.
func (r Retention) Until(t time.Time) time.Time {
	switch r.Unit {
	case RetainWeeks:
		return t.AddDate(0, 0, 7*r.Value)
	case RetainMonths:
		return t.AddDate(0, r.Value, 0)
	case RetainYears:
		return t.AddDate(r.Value, 0, 0)
	default:
		return t.AddDate(0, 0, r.Value)
	}
}

// yardstick is a day from which retentions are measured against each other:
// twelve months and one year are as long from there.
var yardstick = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// Days is how many days the retention is about; two that mean the same have
// the same.
func (r Retention) Days() int {
	return int(r.Until(yardstick).Sub(yardstick) / (24 * time.Hour))
}

// Valid says whether the unit is one and the value is at least 1 and no more
// than RetentionMaxYears.
func (r Retention) Valid() bool {
	most, ok := map[RetentionUnit]int{
		RetainDays: 366 * RetentionMaxYears, RetainWeeks: 52 * RetentionMaxYears,
		RetainMonths: 12 * RetentionMaxYears, RetainYears: RetentionMaxYears,
	}[r.Unit]
	return ok && r.Value >= 1 && r.Value <= most
}
