package tidemark

import "slices"

// Apply changes what an update names. Items keep the ID that they name, or that
// of the item with the same times. CodeInvalidPolicy for IDs that the schedule
// does not have, CodeInvalidPolicyItems for no items at all. The result is to be
// checked.
func (s *Schedule) Apply(r ScheduleUpdate) error {
	if r.PolicyID != "" && r.PolicyID != s.PolicyID {
		return Errorf(CodeInvalidPolicy, "the policy of instance %s is %s, not %s", s.InstanceName, s.PolicyID, r.PolicyID)
	}
	if r.Items != nil {
		if len(*r.Items) == 0 {
			return Errorf(CodeInvalidPolicyItems, "there are no policy items").
				WithHint("delete the schedule to take no snapshots")
		}
		items, err := s.identified(*r.Items)
		if err != nil {
			return err
		}
		s.Items = items
	}
	replace(&s.ReferenceHour, r.ReferenceHour)
	replace(&s.ReferenceMinute, r.ReferenceMinute)
	replace(&s.RestoreWindowDays, r.RestoreWindowDays)
	replace(&s.ExtraRetention, r.ExtraRetention)
	replace(&s.AutoExport, r.AutoExport)
	replace(&s.NamesInExports, r.NamesInExports)
	if r.Export != nil {
		s.Export = r.Export
	}
	return nil
}

func replace[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// identified gives each item an ID: the one it names, that of the item of the
// schedule with the same times, or a new one.
func (s *Schedule) identified(items []PolicyItem) ([]PolicyItem, error) {
	items = slices.Clone(items)
	used := map[ID]bool{}
	for _, item := range items {
		if item.ID == "" {
			continue
		}
		if s.Item(item.ID) == nil || used[item.ID] {
			return nil, Errorf(CodeInvalidPolicy, "the policy has no item %s, or it is named twice", item.ID).
				WithHint("leave the id of a new policy item out")
		}
		used[item.ID] = true
	}
	for n := range items {
		if items[n].ID == "" {
			items[n].ID = NewID()
			for _, old := range s.Items {
				if !used[old.ID] && old.Frequency == items[n].Frequency && old.Interval == items[n].Interval {
					items[n].ID = old.ID
				}
			}
			used[items[n].ID] = true
		}
	}
	return items, nil
}
