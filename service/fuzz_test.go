package service_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"tidemark"
	"tidemark/atlas"
	"tidemark/atlas/contract"
	"tidemark/atlas/fuzztest"
	"tidemark/service"
	"tidemark/store"
)

// world is the API on a store in which there is something of every sort.
type world struct {
	service *service.Service
	owner   tidemark.Caller
	names   *strings.Replacer
}

var errForgotten = errors.New("forgotten")

// forgetful is a store that every request finds as it was: what is written is
// rolled back once the writer has seen it.
type forgetful struct{ *store.DB }

func (s forgetful) Update(ctx context.Context, fn func(tidemark.Tx) error) (err error) {
	if e := s.DB.Update(ctx, func(tx tidemark.Tx) error {
		err = fn(tx)
		return errForgotten
	}); !errors.Is(e, errForgotten) {
		return e
	}
	return err
}

func newWorld(f *testing.F) *world {
	f.Helper()
	w, db := &world{}, openStore(f)
	if err := w.fill(f.Context(), db); err != nil {
		f.Fatal(err)
	}
	var err error
	if w.service, err = fuzzed(forgetful{db}); err != nil {
		f.Fatal(err)
	}
	return w
}

// fill makes an instance of each kind with a snapshot and a target for it.
func (w *world) fill(ctx context.Context, db *store.DB) error {
	svc, err := fuzzed(db)
	if err != nil {
		return err
	}
	var cred service.Credentials
	if _, err := svc.Bootstrap(ctx, func(c service.Credentials) error { cred = c; return nil }); err != nil {
		return err
	}
	if w.owner, _, err = svc.APIKey(ctx, cred.PublicKey); err != nil {
		return err
	}
	names := []string{"{g}", string(cred.GroupID), "{o}", string(cred.OrgID), "{k}", string(w.owner.KeyID), "{c}", cred.ClientID, "{x}", strings.Repeat("0", 24)}
	return db.Update(ctx, func(tx tidemark.Tx) error {
		for _, kind := range []tidemark.InstanceKind{tidemark.KindServerless, tidemark.KindFlex, tidemark.KindDedicated} {
			for _, name := range []string{"shop", "target"} {
				i := &tidemark.Instance{
					ID: tidemark.NewID(), ProjectID: cred.GroupID, Name: string(kind) + "-" + name, URI: "mongodb://h/", Kind: kind,
					State: tidemark.StateIdle, MongoDBVersion: "7.0.42", BackingProvider: "AWS", Region: "US_EAST_1",
				}
				s := &tidemark.Snapshot{
					ID: tidemark.NewID(), ProjectID: i.ProjectID, InstanceID: i.ID, InstanceName: i.Name, Status: tidemark.SnapshotCompleted,
					Type: tidemark.SnapshotOnDemand, Frequency: tidemark.FrequencyDaily, Manifest: "m", MongoDBVersion: i.MongoDBVersion,
				}
				if err := errors.Join(tx.CreateInstance(ctx, i), tx.CreateSnapshot(ctx, s)); err != nil {
					return err
				}
				if name == "shop" {
					names = append(names, "{"+string(kind)+"}", i.Name, "{s-"+string(kind)+"}", string(s.ID))
				}
			}
		}
		w.names = strings.NewReplacer(names...)
		return nil
	})
}

func fuzzed(db tidemark.Store) (*service.Service, error) {
	return service.New(service.Config{
		Store: db, RedactURI: redact, Downloads: &downloads{}, Histories: histories{},
		Probe: func(context.Context, string) (tidemark.ServerInfo, error) {
			return tidemark.ServerInfo{Version: "7.0.42"}, nil
		},
	})
}

// anybody lets every bearer in as the owner.
type anybody struct {
	*service.Service
	owner tidemark.Caller
}

func (a anybody) Bearer(context.Context, string) (tidemark.Caller, error) { return a.owner, nil }

// FuzzAPI sends any request at all to the whole of API, service and store;
// fuzztest says what may come of it. Names in braces stand for what is there.
func FuzzAPI(f *testing.F) {
	document, err := contract.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range fuzzSeeds() {
		f.Add(r.Method, r.Path, r.Accept, r.Authorization, r.Body)
	}
	w := newWorld(f)
	handler := atlas.NewHandler(atlas.Config{
		Service: anybody{w.service, w.owner}, MaxFailures: -1, MaxBody: 1 << 14, NonceKey: []byte("key"), Logger: slog.New(slog.DiscardHandler),
	})
	f.Fuzz(func(t *testing.T, method, path, accept, authorization, body string) {
		r := fuzztest.Request{
			Method: method, Path: w.names.Replace(path), Accept: accept, ContentType: "application/json",
			Authorization: authorization, Body: w.names.Replace(body),
		}
		if err := r.Check(t.Context(), document, handler); err != nil {
			t.Fatal(err)
		}
	})
}

// fuzzSeeds are every operation that is served, with bodies for those of
// backups, and what the extension API has.
func fuzzSeeds() []fuzztest.Request {
	bodies := map[string]string{
		"createServerlessBackupRestoreJob": `{"deliveryType":"automated","snapshotId":"{s-serverless}","targetClusterName":"serverless-target","targetGroupId":"{g}"}`,
		"createFlexBackupRestoreJob":       `{"snapshotId":"{s-flex}","targetDeploymentItemName":"flex-target","targetProjectId":"{g}"}`,
		"createBackupRestoreJob":           `{"deliveryType":"automated","snapshotId":"{s-dedicated}","targetClusterName":"dedicated-target","targetGroupId":"{g}"}`,
		"downloadFlexBackup":               `{"snapshotId":"{s-flex}"}`,
		"createProject":                    `{"name":"p","orgId":"{o}","tags":[{"key":"k","value":"v"}]}`,
		"createApiKey":                     `{"desc":"a","roles":["ORG_OWNER"]}`,
		"createServerlessInstance":         `{"name":"a","providerSettings":{"backingProviderName":"AWS","regionName":"US_EAST_1"}}`,
		"createFlexCluster":                `{"name":"a","providerSettings":{"backingProviderName":"AWS","regionName":"US_EAST_1"}}`,
		"takeSnapshot":                     `{"description":"x","retentionInDays":3}`,
	}
	var seeds []fuzztest.Request
	for _, o := range atlas.Operations() {
		kind := "serverless"
		switch {
		case strings.Contains(o.Path, "/flexClusters"), strings.Contains(o.Path, "/backup/tenant"):
			kind = "flex"
		case strings.Contains(o.Path, "/clusters"):
			kind = "dedicated"
		}
		path := strings.NewReplacer("{groupId}", "{g}", "{orgId}", "{o}", "{name}", "{"+kind+"}", "{clusterName}", "{"+kind+"}",
			"{snapshotId}", "{s-"+kind+"}", "{apiUserId}", "{k}", "{clientId}", "{c}", "{groupName}", "Project%200").Replace(o.Path)
		body := bodies[o.ID]
		if body == "" {
			body = "{}"
		}
		for _, version := range o.Versions {
			seeds = append(seeds, fuzztest.Request{Method: o.Method, Path: path, Accept: "application/vnd.atlas." + version + "+json", Authorization: "Bearer x", Body: body})
		}
	}
	const own = "/api/tidemark/v1/groups/{g}/instances"
	return append(seeds,
		fuzztest.Request{Method: "GET", Path: own, Authorization: "Bearer x"},
		fuzztest.Request{Method: "POST", Path: own, Authorization: "Bearer x", Body: `{"name":"a","uri":"mongodb://u:p@h/"}`},
		fuzztest.Request{Method: "POST", Path: own + "/{serverless}/snapshots", Authorization: "Bearer x", Body: `{"description":"x"}`},
		fuzztest.Request{Method: "DELETE", Path: own + "/{serverless}/snapshots/{s-serverless}", Authorization: "Bearer x"},
		fuzztest.Request{Method: "GET", Path: own + "/{serverless}/history?from=1700000000:1", Authorization: "Bearer x"},
	)
}
