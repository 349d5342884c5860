package atlas_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"tidemark"
	"tidemark/atlas"
	"tidemark/atlas/atlastest"
	"tidemark/atlas/contract"
	"tidemark/atlas/fuzztest"
)

// anybody lets every bearer in as the owner.
type anybody struct{ *atlastest.Service }

func (s anybody) Bearer(context.Context, string) (tidemark.Caller, error) {
	return tidemark.Caller{KeyID: s.Account.ID, Kind: s.Account.Kind, PublicID: s.Account.PublicID, OrgID: s.OrgID, Roles: s.Account.Roles}, nil
}

// FuzzHandler sends any request at all; fuzztest says what may come of it. Names
// in braces stand for what is there, such as {g}, the project, as in scenarios;
// the instances of the world are of the kind that the path is about.
func FuzzHandler(f *testing.F) {
	document, err := contract.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range fuzzSeeds(document) {
		f.Add(r.Method, r.Path, r.Accept, r.ContentType, r.ContentEncoding, r.Coding, r.Authorization, r.Range, r.Body)
	}
	f.Fuzz(func(t *testing.T, method, path, accept, contentType, contentEncoding, coding, authorization, byteRange, body string) {
		service := atlastest.New(nil)
		handler := atlas.NewHandler(atlas.Config{
			Service: anybody{service}, MaxFailures: -1, MaxBody: 1 << 14, NonceKey: []byte("key"), RateLimits: true,
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		names := fill(t, service, kindOf(path))
		r := fuzztest.Request{
			Method: method, Path: names.Replace(path), Accept: accept, ContentType: contentType, ContentEncoding: contentEncoding,
			Coding: coding, Authorization: authorization, Range: byteRange, Body: names.Replace(body),
		}
		if err := r.Check(t.Context(), document, handler); err != nil {
			t.Fatal(err)
		}
	})
}

// kindOf is the kind of instances that a path is about.
func kindOf(path string) tidemark.InstanceKind {
	switch {
	case strings.Contains(path, "/flexClusters"), strings.Contains(path, "/backup/tenant"):
		return tidemark.KindFlex
	case strings.Contains(path, "/clusters"):
		return tidemark.KindDedicated
	}
	return tidemark.KindServerless
}

// fill makes something of each sort and returns what puts their names in.
func fill(t *testing.T, s *atlastest.Service, kind tidemark.InstanceKind) *strings.Replacer {
	t.Helper()
	ctx, c := t.Context(), tidemark.Caller{Roles: s.Owner.Roles}
	for _, name := range []string{"shop", "target"} {
		if _, err := s.CreateInstance(ctx, c, s.ProjectID, tidemark.NewInstance{Name: name, Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
	v, err := s.TakeSnapshot(ctx, c, s.ProjectID, "shop", tidemark.NewSnapshot{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.CreateRestoreJob(ctx, c, s.ProjectID, "shop", kind, tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverDownload, SnapshotID: v.ID})
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("{g}", string(s.ProjectID), "{o}", string(s.OrgID), "{s}", string(v.ID), "{j}", string(j.ID),
		"{d}", j.DownloadToken, "{k}", string(s.Reader.ID), "{c}", s.Account.PublicID, "{x}", strings.Repeat("0", 24))
}

const fuzzBearer = "Bearer x"

// fuzzSeeds are every scenario, every operation that is not served, and what
// has no operation.
func fuzzSeeds(document *contract.Document) []fuzztest.Request {
	var seeds []fuzztest.Request
	for _, id := range slices.Sorted(maps.Keys(scenarios)) {
		s := scenarios[id]
		for _, version := range document.Operation(id).Versions {
			body := s.call.body
			if other, ok := s.bodies[version]; ok {
				body = other
			}
			seeds = append(seeds, fuzztest.Request{
				Method: s.call.method, Path: s.call.path, Accept: "application/vnd.atlas." + version + "+json", ContentType: "application/json",
				Authorization: fuzzBearer, Body: body,
			})
		}
		for _, r := range s.refusals {
			if r.body != "" {
				last := seeds[len(seeds)-1]
				last.Body = r.body
				seeds = append(seeds, last)
			}
		}
	}
	for _, o := range document.Catalogue() {
		if !o.Served {
			seeds = append(seeds, fuzztest.Request{Method: o.Method, Path: anyVariable.ReplaceAllString(o.Path, "{x}"), Authorization: fuzzBearer})
		}
	}
	return append(seeds, otherSeeds()...)
}

func otherSeeds() []fuzztest.Request {
	const own, shop = "/api/tidemark/v1/groups/{g}/instances", "/api/atlas/v2/groups/{g}/serverless/shop"
	const json, form = "application/json", "application/x-www-form-urlencoded"
	signed := `Digest username="a", realm="MMS Public API", nonce="b", uri="/", response="c", qop=auth, nc=00000001, cnonce="d"`
	zipped := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\xae\x05\x04\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00" // {}
	return []fuzztest.Request{
		{Method: get, Path: groupsRoot, Accept: accept2023},
		{Method: get, Path: groupsRoot, Accept: accept2023, Authorization: signed},
		{Method: get, Path: groupRoot + "/serverless?envelope=true&pretty=true&pageNum=2&itemsPerPage=1&includeCount=false", Accept: accept2023, Coding: "gzip", Authorization: fuzzBearer},
		{Method: "HEAD", Path: shop, Accept: accept2023, Authorization: fuzzBearer},
		{Method: "OPTIONS", Path: shop, Authorization: fuzzBearer},
		{Method: patch, Path: shop, Accept: accept2023, ContentType: json, ContentEncoding: "gzip", Authorization: fuzzBearer, Body: zipped},
		{Method: post, Path: shop + "/backup/restoreJobs", Accept: accept2023, ContentType: json, Authorization: fuzzBearer, Body: `{"deliveryType":"pointInTime","oplogTs":1700000000,"oplogInc":1}`},
		{Method: post, Path: "/api/oauth/token", ContentType: form, Authorization: "Basic eDp5", Body: "grant_type=client_credentials"},
		{Method: post, Path: "/api/oauth/revoke", ContentType: form, Body: "client_id=a&client_secret=b&token=c"},
		{Method: get, Path: "/api/tidemark/v1/downloads/{d}/x", Range: "bytes=1-4"},
		{Method: post, Path: own, ContentType: json, Authorization: fuzzBearer, Body: `{"name":"a","uri":"mongodb://u:p@h/?tls=true","kind":"flex"}`},
		{Method: patch, Path: own + "/shop", ContentType: json, Authorization: fuzzBearer, Body: `{"snapshotIntervalHours":0.5,"snapshotRetentionDays":2}`},
		{Method: post, Path: own + "/shop/snapshots", ContentType: json, Authorization: fuzzBearer, Body: `{"description":"x","retentionInDays":1}`},
		{Method: get, Path: own + "/shop/restoreJobs/{j}", Authorization: fuzzBearer},
		{Method: post, Path: own + "/shop/restoreJobs", ContentType: json, Authorization: fuzzBearer,
			Body: `{"deliveryType":"automated","snapshotId":"{s}","targetClusterName":"target","targetGroupId":"{g}"}`},
	}
}
