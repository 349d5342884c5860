package contract_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tidemark/atlas/contract"
)

const (
	job    = `{"cancelled":false,"deliveryType":"automated","id":"32b6e34b3d91647abb20e7b8","oplogTs":1700000000,"timestamp":"2025-05-04T09:42:00Z","desiredTimestamp":{}}`
	accept = "application/vnd.atlas.2025-03-12+json"
	media  = "application/vnd.atlas.2023-01-01+json;charset=utf-8"
	jobURL = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/serverless/a/backup/restoreJobs"
	wanted = `{"deliveryType":"automated","snapshotId":"32b6e34b3d91647abb20e7b8","targetClusterName":"t","targetGroupId":"32b6e34b3d91647abb20e7b8"}`
	gone   = `{"detail":"No group with ID x exists.","error":404,"errorCode":"GROUP_NOT_FOUND","parameters":["x"],"reason":"Not Found"}`
)

// TestCheck: an exchange as it should be passes, and each single change to it
// that breaks the contract is found.
func TestCheck(t *testing.T) {
	t.Parallel()
	d, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	type exchange struct {
		method, url, request, media string
		status                      int
		answer, code                string
	}
	good := exchange{http.MethodPost, jobURL, wanted, media, http.StatusOK, job, ""}
	bad := exchange{http.MethodGet, jobURL, "", "application/json", http.StatusNotFound, gone, "GROUP_NOT_FOUND"}
	for name, c := range map[string]struct {
		base exchange
		edit func(*exchange)
		ok   bool
	}{
		"success":              {good, func(*exchange) {}, true},
		"download":             {good, func(e *exchange) { e.request = `{"deliveryType":"download","targetClusterName":"","targetGroupId":""}` }, true},
		"envelope":             {good, func(e *exchange) { e.url += "?envelope=true"; e.answer = `{"status":200,"content":` + job + `}` }, true},
		"an error":             {bad, func(*exchange) {}, true},
		"no charset":           {good, func(e *exchange) { e.media = strings.TrimSuffix(media, ";charset=utf-8") }, false},
		"the asked version":    {good, func(e *exchange) { e.media = accept + ";charset=utf-8" }, false},
		"undocumented status":  {good, func(e *exchange) { e.status = http.StatusCreated }, false},
		"unknown attribute":    {good, func(e *exchange) { e.answer = strings.Replace(job, "{", `{"x":1,`, 1) }, false},
		"unknown inside":       {good, func(e *exchange) { e.answer = strings.Replace(job, "{}", `{"time":1}`, 1) }, false},
		"wrong enum":           {good, func(e *exchange) { e.answer = strings.Replace(job, "automated", "auto", 1) }, false},
		"wrong pattern":        {good, func(e *exchange) { e.answer = strings.Replace(job, "32b6", "32B6", 1) }, false},
		"wrong date":           {good, func(e *exchange) { e.answer = strings.Replace(job, "2025-05-04T", "2025-05-04 ", 1) }, false},
		"below the minimum":    {good, func(e *exchange) { e.answer = strings.Replace(job, "1700000000", "1", 1) }, false},
		"null":                 {good, func(e *exchange) { e.answer = strings.Replace(job, "{}", "null", 1) }, false},
		"not JSON":             {good, func(e *exchange) { e.answer = "x" }, false},
		"a bad request":        {good, func(e *exchange) { e.request = `{"deliveryType":"x"}` }, false},
		"envelope left out":    {good, func(e *exchange) { e.url += "?envelope=true" }, false},
		"unknown path":         {good, func(e *exchange) { e.url += "s" }, false},
		"error's media type":   {bad, func(e *exchange) { e.media = media }, false},
		"error's status":       {bad, func(e *exchange) { e.status = http.StatusConflict }, false},
		"error's header":       {bad, func(e *exchange) { e.code = "OTHER" }, false},
		"error's reason":       {bad, func(e *exchange) { e.answer = strings.Replace(gone, "Not F", "F", 1) }, false},
		"error without detail": {bad, func(e *exchange) { e.answer = strings.Replace(gone, "No group with ID x exists.", "", 1) }, false},
		"more in an error":     {bad, func(e *exchange) { e.answer = strings.Replace(gone, "{", `{"hint":"h",`, 1) }, false},
		"no errorCode": {bad, func(e *exchange) {
			e.answer, e.code = strings.Replace(gone, `"errorCode":"GROUP_NOT_FOUND",`, "", 1), ""
		}, false},
		"405 with a body": {bad, func(e *exchange) { e.status = http.StatusMethodNotAllowed }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := c.base
			c.edit(&e)
			req := httptest.NewRequestWithContext(t.Context(), e.method, e.url, nil)
			req.Header.Set("Accept", accept)
			header := http.Header{"Content-Type": {e.media}}
			if e.code != "" {
				header.Set("X-Error-Code", e.code)
			}
			err := d.Check(req, []byte(e.request), &http.Response{StatusCode: e.status, Header: header}, []byte(e.answer))
			if (err == nil) != c.ok {
				t.Errorf("the check says %v", err)
			}
		})
	}
}
