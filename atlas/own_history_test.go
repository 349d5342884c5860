package atlas_test

import (
	"math"
	"net/http"
	"slices"
	"testing"

	"tidemark"
)

func TestOwnHistory(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	path := f.own() + "/shop/history"
	got := f.get(path + "?ns=shop.*&kind=drop,delete&id=42&limit=10&cursor=1:2:3&from=2026-03-01T12:00:00Z&to=1772370000").is(http.StatusOK)
	q, _, _ := f.Asked()
	if q.Namespace != "shop.*" || !slices.Equal(q.Kinds, []string{"drop", "delete"}) || q.ID != "42" || q.Limit != 10 || q.Cursor != "1:2:3" ||
		q.From != (tidemark.Timestamp{T: 1772366400}) || q.To != (tidemark.Timestamp{T: 1772370000, I: math.MaxUint32}) {
		t.Errorf("asked for %+v", q)
	}
	entries := got.results()
	if len(entries) != 2 || entries[1]["at"] != "1772366400:2" || entries[1]["before"] != "1772366399:7" || entries[1]["kind"] != "drop" ||
		entries[1]["ns"] != "shop.orders" || entries[1]["summary"] != "about 3 documents" || entries[1]["wall"] != "2026-03-01T12:00:00Z" || entries[1]["id"] != nil {
		t.Errorf("the entries are %s", got.body)
	}
	if id, _ := entries[0]["id"].(map[string]any); id["$oid"] != "650000000000000000000000" {
		t.Errorf("the id is %v", entries[0]["id"])
	}
	if o := got.object(); o["next"] != "1772366400:2:1" || o["position"] != "1772366400:2" || len(o["gaps"].([]any)) != 1 {
		t.Errorf("the answer is %s", got.body)
	}

	f.get(path + "?around=1772366400:5&windowSeconds=60").is(http.StatusOK)
	q, _, _ = f.Asked()
	if q.From != (tidemark.Timestamp{T: 1772366340}) || q.To != (tidemark.Timestamp{T: 1772366460, I: math.MaxUint32}) || q.Limit != 1000 {
		t.Errorf("around asked for %+v", q)
	}
	for query, parameter := range map[string]string{
		"from=yesterday": "from", "to=-1": "to", "around=0": "around", "around=5&from=3": "around", "from=9&to=8": "to", "limit=10001": "limit",
		"from=1:2:3": "from", "from=99999999999": "from", "windowSeconds=0": "windowSeconds", "to=1900-01-01T00:00:00Z": "to",
	} {
		f.get(path+"?"+query).fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", parameter)
	}
	f.get(f.own()+"/missing/history").fails(http.StatusNotFound, "CLUSTER_NOT_FOUND", "missing")
	f.send(call{method: http.MethodPost, path: path, body: "{}"}).is(http.StatusMethodNotAllowed)
	f.send(call{method: http.MethodGet, path: path, key: f.Reader}).is(http.StatusOK)
}

func TestOwnHistorySummary(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	path := f.own() + "/shop/history/summary"
	got := f.get(path + "?bucketSeconds=30&ns=shop").is(http.StatusOK).object()
	q, _, bucket := f.Asked()
	// The last hour.
	if bucket != 30 || q.To != (tidemark.Timestamp{T: uint32(start.Unix()), I: math.MaxUint32}) || q.From.T != q.To.T-3600 {
		t.Errorf("asked for %+v in %d", q, bucket)
	}
	notable := got["notable"].([]any)[0].(map[string]any)
	space := got["namespaces"].([]any)[0].(map[string]any)
	if got["bucketSeconds"] != 30.0 || len(got["buckets"].([]any)) != 1 || notable["at"] != "1772366400:2" || notable["count"] != 1.0 || space["ns"] != "shop.orders" {
		t.Errorf("the summary is %v", got)
	}
	f.get(path+"?bucketSeconds=x").fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", "bucketSeconds")
}

func TestOwnDocuments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.instance("shop")
	path := f.own() + "/shop/documents"
	got := f.get(path + "?ns=shop.orders&id=1&at=2026-03-01T12:00:00Z").is(http.StatusOK).object()
	if doc, _ := got["document"].(map[string]any); doc["_id"] != 1.0 || got["at"] != "1772366400:4294967295" || got["id"] != 1.0 {
		t.Errorf("the document is %v", got)
	}
	f.get(path + "?ns=shop.orders&id=1&at=1772366400:3").is(http.StatusOK)
	if _, q, _ := f.Asked(); q.At != (tidemark.Timestamp{T: 1772366400, I: 3}) || q.SnapshotID != "" {
		t.Errorf("asked for %+v", q)
	}
	f.get(path + "?ns=shop.orders&id=1&at=" + f.OrgID.String()).is(http.StatusOK)
	if _, q, _ := f.Asked(); q.SnapshotID != f.OrgID || !q.At.IsZero() {
		t.Errorf("asked for %+v", q)
	}
	f.get(path+"?ns=shop.orders&id=2&at=1").fails(http.StatusNotFound, "RESOURCE_NOT_FOUND", "shop.orders 2")
	for query, parameter := range map[string]string{"id=1&at=1": "ns", "ns=a.b&at=1": "id", "ns=a.b&id=1": "at", "ns=a.b&id=1&at=x": "at"} {
		f.get(path+"?"+query).fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", parameter)
	}
	f.send(call{method: http.MethodGet, path: path + "?ns=shop.orders&id=1&at=1", key: f.Reader}).fails(http.StatusUnauthorized, "USER_UNAUTHORIZED")

	versions := f.get(path + "/versions?ns=shop.orders&id=1").is(http.StatusOK)
	list := versions.results()
	if len(list) != 2 || list[0]["kind"] != "base" || list[1]["document"] != nil || versions.object()["next"] != "1772366400:2" {
		t.Errorf("the versions are %s", versions.body)
	}
	f.get(path+"/versions?ns=shop.orders").fails(http.StatusBadRequest, "INVALID_QUERY_PARAMETER", "id")
}
