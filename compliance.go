package tidemark

import "time"

// CompliancePolicy is the least that the backups of a project's dedicated
// instances are held to. While there is one, nobody deletes a snapshot before
// its time or shortens that, and no schedule falls short of it.
type CompliancePolicy struct {
	ProjectID           ID     `json:"projectId"`
	AuthorizedEmail     string `json:"authorizedEmail"`
	AuthorizedFirstName string `json:"authorizedFirstName,omitempty"`
	AuthorizedLastName  string `json:"authorizedLastName,omitempty"`
	// CopyProtection and EncryptionAtRest hold here of themselves: there are no
	// copies in other regions, and the vault is always sealed.
	CopyProtection   bool `json:"copyProtection,omitempty"`
	EncryptionAtRest bool `json:"encryptionAtRest,omitempty"`
	// PointInTime wants continuous backup, of RestoreWindowDays at least.
	PointInTime       bool         `json:"pointInTime,omitempty"`
	RestoreWindowDays int          `json:"restoreWindowDays,omitempty"` // zero: not given
	OnDemand          *PolicyItem  `json:"onDemand,omitempty"`
	Scheduled         []PolicyItem `json:"scheduled,omitempty"`
	// Deletable lets the policy be disabled. Only who has the service's machine
	// can set it.
	Deletable bool      `json:"deletable,omitempty"`
	UpdatedAt time.Time `json:"updatedAt"`
	UpdatedBy string    `json:"updatedBy"` // who updated it, as an e-mail address
}

// Met says what a schedule lacks: CodeCompliance, or nil if it meets the policy.
func (p *CompliancePolicy) Met(s *Schedule) error {
	for _, want := range p.Scheduled {
		has := false
		for _, item := range s.Items {
			if item.Frequency != want.Frequency {
				continue
			}
			has = true
			if item.Retention.Days() < want.Retention.Days() {
				return p.unmet("%s snapshots are kept for less than %d %s", want.Frequency, want.Retention.Value, want.Retention.Unit)
			}
			if want.Frequency == FrequencyHourly && item.Interval > want.Interval {
				return p.unmet("hourly snapshots are more than %d hours apart", want.Interval)
			}
		}
		if !has {
			return p.unmet("there are no %s snapshots", want.Frequency)
		}
	}
	if p.PointInTime && s.RestoreWindowDays < p.RestoreWindowDays {
		return p.unmet("the restore window is shorter than %d days", p.RestoreWindowDays)
	}
	return nil
}

func (p *CompliancePolicy) unmet(format string, args ...any) error {
	return Errorf(CodeCompliance, "the backup compliance policy of the project is not met: "+format, args...).
		WithHint("The policy can be read under backupCompliancePolicy.").WithParams(string(p.ProjectID))
}

// Strengthen changes a schedule as little as it takes to meet the policy.
func (p *CompliancePolicy) Strengthen(s *Schedule) {
	for _, want := range p.Scheduled {
		has := false
		for n := range s.Items {
			item := &s.Items[n]
			if item.Frequency != want.Frequency {
				continue
			}
			has = true
			item.Retention = longer(item.Retention, want.Retention)
			if want.Frequency == FrequencyHourly {
				item.Interval = min(item.Interval, want.Interval)
			}
		}
		if !has {
			item := PolicyItem{Frequency: want.Frequency, Interval: want.Interval, Retention: want.Retention}
			if !item.Frequency.ValidInterval(item.Interval) {
				item.Interval = 1
			}
			item.ID = s.newItemID(item)
			s.Items = append(s.Items, item)
		}
	}
	if p.PointInTime {
		s.RestoreWindowDays = max(s.RestoreWindowDays, p.RestoreWindowDays)
	}
	s.straighten()
}

// straighten keeps less frequent snapshots at least as long as more frequent
// ones, and hourly ones as long as the restore window.
func (s *Schedule) straighten() {
	least := Retention{RetainDays, 1}
	for _, f := range frequencies {
		widest := least
		for n := range s.Items {
			if item := &s.Items[n]; item.Frequency == f {
				item.Retention = longer(item.Retention, least)
				if f == FrequencyHourly {
					item.Retention = longer(item.Retention, Retention{RetainDays, s.RestoreWindowDays})
				}
				widest = longer(widest, item.Retention)
			}
		}
		least = widest
	}
}

func longer(a, b Retention) Retention {
	if b.Days() > a.Days() {
		return b
	}
	return a
}

// Check says what is wrong with a policy by itself: CodeInvalidPolicy,
// CodeInvalidPolicyItems or CodeInvalidRestoreWindow.
func (p *CompliancePolicy) Check() error {
	seen := map[Frequency]bool{}
	for _, item := range p.Scheduled {
		if seen[item.Frequency] {
			return Errorf(CodeInvalidPolicyItems, "there is more than one %s policy item", item.Frequency)
		}
		seen[item.Frequency] = true
		if item.Frequency != FrequencyHourly && item.Frequency.rank() >= 0 {
			item.Interval = 1 // ignored
		}
		if err := item.check(); err != nil {
			return err
		}
	}
	if err := checkOrder(p.Scheduled); err != nil {
		return err
	}
	if p.OnDemand != nil && (p.OnDemand.Frequency != FrequencyOnDemand || !p.OnDemand.Retention.Valid()) {
		return Errorf(CodeInvalidPolicy, "the retention of the ondemand policy item is not from 1 day to %d years", RetentionMaxYears)
	}
	return p.checkWindow()
}

func (p *CompliancePolicy) checkWindow() error {
	if p.RestoreWindowDays < 0 || p.RestoreWindowDays > RestoreWindowMaxDays || p.PointInTime && p.RestoreWindowDays == 0 {
		return Errorf(CodeInvalidRestoreWindow, "restoreWindowDays is %d, not from 1 to %d", p.RestoreWindowDays, RestoreWindowMaxDays)
	}
	for _, item := range p.Scheduled {
		if days := item.Retention.Days(); item.Frequency == FrequencyHourly && p.RestoreWindowDays > days {
			return Errorf(CodeInvalidRestoreWindow, "restoreWindowDays is %d, more than the %d days that hourly snapshots are kept", p.RestoreWindowDays, days)
		}
	}
	return nil
}

// Weaker says in what a policy asks for less than the one before it; "" if in
// nothing.
func (p *CompliancePolicy) Weaker(before *CompliancePolicy) string {
	switch {
	case before.CopyProtection && !p.CopyProtection:
		return "copyProtectionEnabled"
	case before.EncryptionAtRest && !p.EncryptionAtRest:
		return "encryptionAtRestEnabled"
	case before.PointInTime && !p.PointInTime:
		return "pitEnabled"
	case before.PointInTime && p.RestoreWindowDays < before.RestoreWindowDays:
		return "restoreWindowDays"
	case before.OnDemand != nil && (p.OnDemand == nil || p.OnDemand.Retention.Days() < before.OnDemand.Retention.Days()):
		return "onDemandPolicyItem"
	}
	if before.Met(&Schedule{Items: p.Scheduled, RestoreWindowDays: RestoreWindowMaxDays}) != nil {
		return "scheduledPolicyItems"
	}
	return ""
}
