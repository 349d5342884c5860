package store

import (
	"context"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"tidemark"
)

// networkRow is an entry of a project's access list.
type networkRow struct {
	bun.BaseModel `bun:"table:project_networks,alias:pn"`

	ProjectID   string `bun:"project_id,pk"`
	Network     string `bun:"network,pk"`
	Comment     string `bun:"comment"`
	CreatedAt   millis `bun:"created_at"`
	DeleteAfter millis `bun:"delete_after"`
}

func (r *networkRow) value() (*tidemark.NetworkEntry, error) {
	network, err := networkOf(r.Network)
	return &tidemark.NetworkEntry{
		ProjectID: tidemark.ID(r.ProjectID), Network: network, Comment: r.Comment,
		CreatedAt: stamp(r.CreatedAt), DeleteAfter: stamp(r.DeleteAfter),
	}, err
}

// ofProject finds the entries of a project that hold at a time.
func ofProject(q *bun.SelectQuery, projectID tidemark.ID, now time.Time) *bun.SelectQuery {
	return q.Where("pn.project_id = ?", clean(string(projectID))).
		Where("(pn.delete_after IS NULL OR pn.delete_after > ?)", millis(now))
}

// NetworkEntries lists the access list of a project by creation.
func (t *tx) NetworkEntries(ctx context.Context, projectID tidemark.ID, now time.Time, p tidemark.Page) ([]*tidemark.NetworkEntry, int, error) {
	return listPage(ctx, t, "listing an access list", p, "pn.created_at, pn.network",
		func(q *bun.SelectQuery) *bun.SelectQuery { return ofProject(q, projectID, now) }, (*networkRow).value)
}

// NetworkEntry reads one entry; CodeNetworkEntryNotFound if there is none.
func (t *tx) NetworkEntry(ctx context.Context, projectID tidemark.ID, network netip.Prefix, now time.Time) (*tidemark.NetworkEntry, error) {
	row, err := selectOne[networkRow](ctx, t, "reading an access list", networkNotFound(projectID, network), func(q *bun.SelectQuery) *bun.SelectQuery {
		return ofProject(q, projectID, now).Where("pn.network = ?", network.String())
	})
	if err != nil {
		return nil, err
	}
	return row.value()
}

// ProjectNetworks is the whole access list of a project.
func (t *tx) ProjectNetworks(ctx context.Context, projectID tidemark.ID, now time.Time) ([]netip.Prefix, error) {
	rows, err := selectAll[networkRow](ctx, t, "reading an access list", func(q *bun.SelectQuery) *bun.SelectQuery {
		return ofProject(q.Column("network"), projectID, now).OrderExpr("pn.network")
	})
	if err != nil {
		return nil, err
	}
	return networksOf(rows, func(r *networkRow) string { return r.Network })
}

// PutNetworkEntry adds an entry, or replaces comment and end of the one that
// there is. CodeProjectNotFound for a project that is not there.
func (t *tx) PutNetworkEntry(ctx context.Context, e *tidemark.NetworkEntry) error {
	_, err := t.bun.NewInsert().Model(&networkRow{
		ProjectID: clean(string(e.ProjectID)), Network: e.Network.String(), Comment: clean(e.Comment),
		CreatedAt: millis(e.CreatedAt), DeleteAfter: millis(e.DeleteAfter),
	}).On("CONFLICT (project_id, network) DO UPDATE").
		Set("comment = EXCLUDED.comment, delete_after = EXCLUDED.delete_after").Exec(ctx)
	if faultOf(err) == faultForeign {
		return projectNotFound(string(e.ProjectID))
	}
	return failed(err, "adding to an access list")
}

// DeleteNetworkEntry takes a network off the list.
func (t *tx) DeleteNetworkEntry(ctx context.Context, projectID tidemark.ID, network netip.Prefix) error {
	res, err := t.bun.NewDelete().Model((*networkRow)(nil)).
		Where("project_id = ?", clean(string(projectID))).Where("network = ?", network.String()).Exec(ctx)
	return changed(res, err, "taking from an access list", func() error { return networkNotFound(projectID, network) })
}

// DeleteExpiredNetworks removes the entries whose time is over.
func (t *tx) DeleteExpiredNetworks(ctx context.Context, now time.Time) error {
	_, err := t.bun.NewRaw(`DELETE FROM project_networks WHERE delete_after <= ?`, millis(now)).Exec(ctx)
	return failed(err, "clearing access lists")
}

func networkNotFound(projectID tidemark.ID, network netip.Prefix) error {
	return tidemark.Errorf(tidemark.CodeNetworkEntryNotFound, "%s is not on the access list of project %s", network, projectID).
		WithParams(network.String(), projectID)
}
