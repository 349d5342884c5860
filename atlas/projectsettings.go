package atlas

import "tidemark"

// projectSettings is GroupSettings. Terraform fails without any one of them.
type projectSettings struct {
	CollectDatabaseStatistics bool `json:"isCollectDatabaseSpecificsStatisticsEnabled"`
	DataExplorer              bool `json:"isDataExplorerEnabled"`
	DataExplorerGenAI         bool `json:"isDataExplorerGenAIFeaturesEnabled"`
	GenAISamples              bool `json:"isDataExplorerGenAISampleDocumentPassingEnabled"`
	ExtendedStorageSizes      bool `json:"isExtendedStorageSizesEnabled"`
	PerformanceAdvisor        bool `json:"isPerformanceAdvisorEnabled"`
	RealtimePanel             bool `json:"isRealtimePerformancePanelEnabled"`
	SchemaAdvisor             bool `json:"isSchemaAdvisorEnabled"`
}

func showProjectSettings(s *tidemark.ProjectSettings) any {
	return projectSettings{
		CollectDatabaseStatistics: s.DatabaseStatistics, DataExplorer: s.DataExplorer, DataExplorerGenAI: s.DataExplorerGenAI,
		GenAISamples: s.GenAISamples, ExtendedStorageSizes: s.ExtendedStorageSizes, PerformanceAdvisor: s.PerformanceAdvisor,
		RealtimePanel: s.RealtimePanel, SchemaAdvisor: s.SchemaAdvisor,
	}
}

func (a *api) getProjectSettings(q *request) (any, error) {
	s, err := a.service.GetProjectSettings(q.ctx, q.caller, q.projectID())
	return one(s, err, showProjectSettings)
}

func (a *api) updateProjectSettings(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	given := []struct {
		value *bool
		of    func(*tidemark.ProjectSettings) *bool
	}{
		{o.flag("isCollectDatabaseSpecificsStatisticsEnabled"), func(s *tidemark.ProjectSettings) *bool { return &s.DatabaseStatistics }},
		{o.flag("isDataExplorerEnabled"), func(s *tidemark.ProjectSettings) *bool { return &s.DataExplorer }},
		{o.flag("isDataExplorerGenAIFeaturesEnabled"), func(s *tidemark.ProjectSettings) *bool { return &s.DataExplorerGenAI }},
		{o.flag("isDataExplorerGenAISampleDocumentPassingEnabled"), func(s *tidemark.ProjectSettings) *bool { return &s.GenAISamples }},
		{o.flag("isExtendedStorageSizesEnabled"), func(s *tidemark.ProjectSettings) *bool { return &s.ExtendedStorageSizes }},
		{o.flag("isPerformanceAdvisorEnabled"), func(s *tidemark.ProjectSettings) *bool { return &s.PerformanceAdvisor }},
		{o.flag("isRealtimePerformancePanelEnabled"), func(s *tidemark.ProjectSettings) *bool { return &s.RealtimePanel }},
		{o.flag("isSchemaAdvisorEnabled"), func(s *tidemark.ProjectSettings) *bool { return &s.SchemaAdvisor }},
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	s, err := a.service.UpdateProjectSettings(q.ctx, q.caller, q.projectID(), func(s *tidemark.ProjectSettings) {
		for _, g := range given {
			if g.value != nil {
				*g.of(s) = *g.value
			}
		}
	})
	return one(s, err, showProjectSettings)
}

// getManagedSlowMs answers a bare boolean.
func (a *api) getManagedSlowMs(q *request) (any, error) {
	s, err := a.service.GetProjectSettings(q.ctx, q.caller, q.projectID())
	return one(s, err, func(s *tidemark.ProjectSettings) any { return s.ManagedSlowMs })
}

func (a *api) enableManagedSlowMs(q *request) (any, error) {
	return nil, a.setManagedSlowMs(q, true)
}

func (a *api) disableManagedSlowMs(q *request) (any, error) {
	return nil, a.setManagedSlowMs(q, false)
}

func (a *api) setManagedSlowMs(q *request, on bool) error {
	_, err := a.service.UpdateProjectSettings(q.ctx, q.caller, q.projectID(), func(s *tidemark.ProjectSettings) { s.ManagedSlowMs = on })
	return err
}

func (a *api) updateProject(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	var r tidemark.ProjectUpdate
	if o.has("name") {
		name := o.text("name", required, 64, displayName)
		r.Name = &name
	}
	r.Tags = o.tags("tags")
	if err := o.done(); err != nil {
		return nil, err
	}
	p, err := a.service.UpdateProject(q.ctx, q.caller, q.projectID(), r)
	return one(p, err, q.project)
}
