package atlastest

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"tidemark"
)

// UpdateProject implements tidemark.ProjectService.
func (s *Service) UpdateProject(_ context.Context, c tidemark.Caller, id tidemark.ID, r tidemark.ProjectUpdate) (*tidemark.Project, error) {
	p, unlock, err := s.project(c, id, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if r.Name != nil && *r.Name != p.Name && len(filter(s.projects, func(v *tidemark.Project) bool { return v.Name == *r.Name })) > 0 {
		return nil, tidemark.Errorf(tidemark.CodeDuplicateProject, "project %s exists", *r.Name).WithParams(*r.Name)
	}
	set(&p.Name, r.Name)
	set(&p.Tags, r.Tags)
	return clone(p), nil
}

// settingsOf are those of a project, made at the first use.
func (s *Service) settingsOf(id tidemark.ID) *tidemark.ProjectSettings {
	if s.settings[id] == nil {
		s.settings[id] = tidemark.DefaultProjectSettings()
		s.settings[id].Limits = map[tidemark.LimitName]int64{}
	}
	return s.settings[id]
}

// GetProjectSettings implements tidemark.ProjectService.
func (s *Service) GetProjectSettings(_ context.Context, c tidemark.Caller, id tidemark.ID) (*tidemark.ProjectSettings, error) {
	_, unlock, err := s.project(c, id, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return clone(s.settingsOf(id)), nil
}

// UpdateProjectSettings implements tidemark.ProjectService.
func (s *Service) UpdateProjectSettings(_ context.Context, c tidemark.Caller, id tidemark.ID, change func(*tidemark.ProjectSettings)) (*tidemark.ProjectSettings, error) {
	_, unlock, err := s.project(c, id, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	change(s.settingsOf(id))
	return clone(s.settingsOf(id)), nil
}

// limit knows two limits and one of what is not there.
func (s *Service) limit(id tidemark.ID, name tidemark.LimitName) (*tidemark.ProjectLimit, error) {
	switch {
	case strings.HasPrefix(string(name), "dataFederation."):
		return nil, tidemark.Errorf(tidemark.CodeUnsupported, "no %s", name)
	case name != tidemark.LimitClusters && name != tidemark.LimitNetworkEntries:
		return nil, tidemark.Errorf(tidemark.CodeInvalidEnum, "no limit %s", name).WithParams(string(name), "limitName")
	}
	l := &tidemark.ProjectLimit{Name: name, Value: 25, Default: 25, Maximum: 90}
	if value, ok := s.settingsOf(id).Limits[name]; ok {
		l.Value = value
	}
	if name == tidemark.LimitClusters {
		l.Usage = int64(len(s.instancesOf(id, "")))
	}
	return l, nil
}

// ListProjectLimits implements tidemark.ProjectService.
func (s *Service) ListProjectLimits(_ context.Context, c tidemark.Caller, id tidemark.ID) ([]*tidemark.ProjectLimit, error) {
	_, unlock, err := s.project(c, id, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	clusters, _ := s.limit(id, tidemark.LimitClusters)
	entries, _ := s.limit(id, tidemark.LimitNetworkEntries)
	return []*tidemark.ProjectLimit{clusters, entries}, nil
}

// GetProjectLimit implements tidemark.ProjectService.
func (s *Service) GetProjectLimit(_ context.Context, c tidemark.Caller, id tidemark.ID, name tidemark.LimitName) (*tidemark.ProjectLimit, error) {
	_, unlock, err := s.project(c, id, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return s.limit(id, name)
}

// SetProjectLimit implements tidemark.ProjectService.
func (s *Service) SetProjectLimit(_ context.Context, c tidemark.Caller, id tidemark.ID, name tidemark.LimitName, value int64) (*tidemark.ProjectLimit, error) {
	_, unlock, err := s.project(c, id, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	l, err := s.limit(id, name)
	if err != nil {
		return nil, err
	}
	if value < 1 || value > l.Maximum {
		return nil, tidemark.Errorf(tidemark.CodeInvalidAttribute, "%d is too little or too much", value).WithParams("value")
	}
	s.settingsOf(id).Limits[name] = value
	return s.limit(id, name)
}

// ResetProjectLimit implements tidemark.ProjectService.
func (s *Service) ResetProjectLimit(_ context.Context, c tidemark.Caller, id tidemark.ID, name tidemark.LimitName) error {
	_, unlock, err := s.project(c, id, true)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.limit(id, name)
	maps.DeleteFunc(s.settingsOf(id).Limits, func(n tidemark.LimitName, _ int64) bool { return n == name })
	return err
}

// ListProcesses implements tidemark.ProjectService. Each instance has one, of
// the embedded server.
func (s *Service) ListProcesses(_ context.Context, c tidemark.Caller, id tidemark.ID, p tidemark.Page) ([]*tidemark.Process, int, error) {
	_, unlock, err := s.project(c, id, false)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return page(s.processes(id), p)
}

func (s *Service) processes(id tidemark.ID) []*tidemark.Process {
	var all []*tidemark.Process
	for n, i := range s.instancesOf(id, "") {
		all = append(all, &tidemark.Process{ProjectID: id, Instance: clone(i), Host: "127.0.0.1", Port: 27017 + n, Alone: true})
	}
	return all
}

// GetProcess implements tidemark.ProjectService.
func (s *Service) GetProcess(_ context.Context, c tidemark.Caller, id tidemark.ID, process string) (*tidemark.Process, error) {
	_, unlock, err := s.project(c, id, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return find(s.processes(id), func(p *tidemark.Process) bool { return fmt.Sprint(p.Host, ":", p.Port) == process },
		tidemark.Errorf(tidemark.CodeProcessNotFound, "no %s", process).WithParams(process, id))
}
