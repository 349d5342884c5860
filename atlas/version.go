package atlas

import (
	"regexp"
	"strings"
	"time"

	"tidemark"
)

// The dates of resource versions that are served.
const (
	v20230101 = "2023-01-01"
	v20230201 = "2023-02-01"
	v20231001 = "2023-10-01"
	v20240530 = "2024-05-30"
	v20240805 = "2024-08-05"
	v20241023 = "2024-10-23"
	v20241113 = "2024-11-13"
)

var vendorType = regexp.MustCompile(`^application/vnd\.atlas\.(\d{4}-\d{2}-\d{2})\+json$`)

// resolve returns the version that an Accept header selects: the newest one at
// or before the asked date. versions ascend. Several media types may be listed;
// the first that selects a version counts. "preview" selects none: no resource
// here has such a version.
func resolve(accept []string, versions []resourceVersion) (resourceVersion, error) {
	for mediaType := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		date, ok := vendorDate(mediaType)
		if !ok {
			continue
		}
		for i := len(versions) - 1; i >= 0; i-- {
			if versions[i].date <= date {
				return versions[i], nil
			}
		}
	}
	return resourceVersion{}, tidemark.Errorf(tidemark.CodeNotAcceptable, "the Accept header names no version of this resource").
		WithHint("Send Accept: %s", vendorMediaType(versions[len(versions)-1].date))
}

// gone says whether the sunset of a version has passed.
func (v resourceVersion) gone(now time.Time) bool {
	sunset, err := time.Parse("Mon, 2 Jan 2006 15:04:05 GMT", v.sunset)
	return err == nil && !now.Before(sunset)
}

// vendorDate takes the date out of a media type, parameters aside.
func vendorDate(mediaType string) (string, bool) {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	m := vendorType.FindStringSubmatch(strings.ToLower(strings.TrimSpace(mediaType)))
	if m == nil {
		return "", false
	}
	if _, err := time.Parse(time.DateOnly, m[1]); err != nil {
		return "", false
	}
	return m[1], true
}

func vendorMediaType(version string) string { return "application/vnd.atlas." + version + "+json" }

// isJSON says whether a Content-Type is one of those that a body may have.
// None at all is taken for JSON.
func isJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "" || mediaType == "application/json" || vendorType.MatchString(mediaType)
}
