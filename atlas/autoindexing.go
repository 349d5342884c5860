package atlas

import "tidemark"

// getAutoIndexing answers with a bare boolean, as Atlas does.
func (a *api) getAutoIndexing(q *request) (any, error) {
	i, err := a.service.GetInstance(q.ctx, q.caller, q.projectID(), q.instance(), q.kind())
	if err != nil {
		return nil, err
	}
	return i.AutoIndexing, nil
}

func (a *api) setAutoIndexing(q *request) (any, error) {
	p := queryReader{values: q.query}
	enable := p.flag("enable", false)
	if _, given := p.value("enable"); !given {
		p.fail("enable", "it is required")
	}
	if p.err != nil {
		return nil, p.err
	}
	r := tidemark.InstanceUpdate{Kind: q.kind(), AutoIndexing: &enable}
	_, err := a.service.UpdateInstance(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return struct{}{}, err
}
