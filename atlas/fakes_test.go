package atlas_test

import (
	"context"

	"tidemark"
)

// panicky panics where a project is read.
type panicky struct{ tidemark.Service }

func (panicky) GetProject(context.Context, tidemark.Caller, tidemark.ID) (*tidemark.Project, error) {
	panic("pandora")
}
