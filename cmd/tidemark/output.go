package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark"
)

// printJSON prints an answer of the API, indented.
func printJSON(w io.Writer, answer json.RawMessage) error {
	if len(bytes.TrimSpace(answer)) == 0 {
		answer = json.RawMessage("{}")
	}
	var b bytes.Buffer
	if err := json.Indent(&b, answer, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// table prints rows in columns, the first row being the heads.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

// byteSize writes a number of bytes for a person.
func byteSize(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/1000, 0
	for v >= 999.95 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	return fmt.Sprintf("%.1f %cB", v, units[i])
}

// parseBytes reads a number of bytes with an SI or binary unit, such as 20MB or
// 512KiB, of a flag; zero for none.
func parseBytes(flag, s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	digits := strings.TrimRight(s, "kKMGTiB")
	factor, ok := byteUnits[strings.ToUpper(strings.TrimSuffix(strings.TrimSpace(s[len(digits):]), "B"))]
	n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if n *= factor; !ok || err != nil || math.IsNaN(n) || n < 1 || n > 1<<60 {
		return 0, tidemark.Errorf(tidemark.CodeInvalidAttribute, "--%s is a number of bytes, not %q", flag, s).
			WithHint("It looks like 20MB, 512KiB or 1000000.")
	}
	return int64(n), nil
}

var byteUnits = map[string]float64{
	"": 1, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "KI": 1 << 10, "MI": 1 << 20, "GI": 1 << 30, "TI": 1 << 40,
}

// moment writes a time for a person, or "-" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// dash stands for what is not there.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
