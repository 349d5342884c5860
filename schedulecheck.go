package tidemark

// The most and least that a schedule may ask for.
const (
	RestoreWindowMaxDays  = 365
	PolicyItemsMax        = 64
	ExtraRetentionMaxDays = 366 * RetentionMaxYears
)

// Check says what is wrong with a schedule: CodeInvalidSchedule for its time
// of day, CodeInvalidPolicyItems for how many items it has, CodeInvalidPolicy
// for one of them, CodeInvalidRestoreWindow.
func (s *Schedule) Check() error {
	if s.ReferenceHour < 0 || s.ReferenceHour > 23 {
		return Errorf(CodeInvalidSchedule, "referenceHourOfDay is %d, not from 0 to 23", s.ReferenceHour).WithParams("referenceHourOfDay")
	}
	if s.ReferenceMinute < 0 || s.ReferenceMinute > 59 {
		return Errorf(CodeInvalidSchedule, "referenceMinuteOfHour is %d, not from 0 to 59", s.ReferenceMinute).WithParams("referenceMinuteOfHour")
	}
	if err := checkItems(s.Items); err != nil {
		return err
	}
	for _, e := range s.ExtraRetention {
		if e.Days < 1 || e.Days > ExtraRetentionMaxDays || e.Frequency != FrequencyOnDemand && e.Frequency.rank() < 0 {
			return Errorf(CodeInvalidPolicy, "the extra retention of %s snapshots is %d days, not from 1 to %d", e.Frequency, e.Days, ExtraRetentionMaxDays)
		}
	}
	return s.checkWindow()
}

// checkWindow bounds the restore window by the retention of hourly snapshots,
// as Atlas does.
func (s *Schedule) checkWindow() error {
	if s.RestoreWindowDays < 1 || s.RestoreWindowDays > RestoreWindowMaxDays {
		return Errorf(CodeInvalidRestoreWindow, "restoreWindowDays is %d, not from 1 to %d", s.RestoreWindowDays, RestoreWindowMaxDays)
	}
	for _, item := range s.Items {
		if days := item.Retention.Days(); item.Frequency == FrequencyHourly && s.RestoreWindowDays > days {
			return Errorf(CodeInvalidRestoreWindow, "restoreWindowDays is %d, more than the %d days that hourly snapshots are kept", s.RestoreWindowDays, days).
				WithHint("Keep hourly snapshots longer, or shorten the restore window.")
		}
	}
	return nil
}

// checkItems wants at most one hourly and one daily item, none twice, and less
// frequent ones kept at least as long as more frequent ones.
func checkItems(items []PolicyItem) error {
	if len(items) > PolicyItemsMax {
		return Errorf(CodeInvalidPolicyItems, "there are %d policy items, more than %d", len(items), PolicyItemsMax)
	}
	count := map[Frequency]int{}
	seen := map[string]bool{}
	for _, item := range items {
		if err := item.check(); err != nil {
			return err
		}
		if count[item.Frequency]++; count[item.Frequency] > 1 && item.Frequency.rank() < FrequencyWeekly.rank() {
			return Errorf(CodeInvalidPolicyItems, "there is more than one %s policy item", item.Frequency)
		}
		if seen[item.when()] {
			return Errorf(CodeInvalidPolicy, "there are two %s policy items of the interval %d", item.Frequency, item.Interval)
		}
		seen[item.when()] = true
	}
	return checkOrder(items)
}

func (item PolicyItem) check() error {
	if item.Frequency.rank() < 0 {
		return Errorf(CodeInvalidPolicy, "%q is no frequency of a policy item", item.Frequency)
	}
	if !item.Frequency.ValidInterval(item.Interval) {
		return Errorf(CodeInvalidPolicy, "a %s policy item has no interval of %d", item.Frequency, item.Interval)
	}
	if !item.Retention.Valid() {
		return Errorf(CodeInvalidPolicy, "the retention of the %s policy item, %d %s, is not from 1 day to %d years",
			item.Frequency, item.Retention.Value, item.Retention.Unit, RetentionMaxYears)
	}
	return nil
}

// when is the same for items of the same times.
func (item PolicyItem) when() string { return string(item.Frequency) + string(rune(item.Interval)) }

func checkOrder(items []PolicyItem) error {
	for _, a := range items {
		for _, b := range items {
			if a.Frequency.rank() < b.Frequency.rank() && a.Retention.Days() > b.Retention.Days() {
				return Errorf(CodeInvalidPolicy, "%s snapshots are kept longer than %s ones", a.Frequency, b.Frequency).
					WithHint("Keep less frequent snapshots at least as long as more frequent ones.")
			}
		}
	}
	return nil
}
