package node

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"tidemark"
	"tidemark/service"
	"tidemark/store"
	"tidemark/vault"
)

// ReleaseCompliance lets the backup compliance policy of a project be disabled
// through the API. No service may run on the data directory: CodeConflict.
func ReleaseCompliance(ctx context.Context, dataDir string, projectID tidemark.ID) (err error) {
	database := filepath.Join(dataDir, "tidemark.db")
	if _, err := os.Stat(database); err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidAttribute, "that is not the data directory of a service: %w", err)
	}
	master, err := vault.LoadOrCreateMasterKey(filepath.Join(dataDir, "master.key"))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{Path: database, Sealer: master, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return service.ReleaseCompliancePolicy(ctx, db, projectID)
}
