package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tidemark/client"
)

// showEntries prints the operations, one a line.
func (h *historyFlags) showEntries(cmd *cobra.Command, answer json.RawMessage) error {
	return h.show(cmd, answer, func() error {
		list, err := client.Decode[client.History](answer)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		if err := table(out, entryRows(list.Results)); err != nil {
			return err
		}
		showGaps(out, list.Gaps)
		if list.Next != "" {
			fmt.Fprintf(out, "There is more: add --cursor %s\n", list.Next)
		}
		return nil
	})
}

// entryRows are operations as a table. What is notable has a count.
func entryRows(entries []client.HistoryEntry) [][]string {
	rows := [][]string{{"ENTRY", "BEFORE IT", "TIME", "KIND", "NAMESPACE", "ID", "WHAT"}}
	for _, e := range entries {
		what := e.Summary
		if e.Count > 1 {
			what = fmt.Sprintf("%d of them until %s", e.Count, e.Last)
		}
		rows = append(rows, []string{e.At, dash(e.Before), moment(e.Wall), e.Kind, printable(e.Namespace), dash(printable(string(e.ID))), printable(what)})
	}
	return rows
}

// printable keeps names out of control of the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

func showGaps(out io.Writer, gaps []client.HistoryGap) {
	for _, g := range gaps {
		fmt.Fprintf(out, "Not captured: what happened from %s until %s (%s)\n", entryMoment(g.After), entryMoment(g.Until), g.Until)
	}
}

// entryMoment is the second of an oplog entry, for a person.
func entryMoment(entry string) string {
	seconds, _, _ := strings.Cut(entry, ":")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return entry
	}
	return moment(time.Unix(n, 0))
}

// showVersions prints what a document became, one version a line.
func (h *historyFlags) showVersions(cmd *cobra.Command, answer json.RawMessage) error {
	return h.show(cmd, answer, func() error {
		list, err := client.Decode[client.DocumentVersions](answer)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		rows := [][]string{{"ENTRY", "TIME", "KIND", "DOCUMENT"}}
		for _, v := range list.Results {
			doc := printable(string(v.Document))
			if doc == "null" || doc == "" {
				doc = "(none)"
			}
			rows = append(rows, []string{v.At, moment(v.Wall), v.Kind, doc})
		}
		if err := table(out, rows); err != nil {
			return err
		}
		if list.Next != "" {
			fmt.Fprintf(out, "There is more: add --from %s\n", list.Next)
		}
		return nil
	})
}

// barWidth is the length of the bar of the busiest bucket.
const barWidth = 40

// showSummary prints counts by time and by namespace, and what is notable.
func (h *historyFlags) showSummary(cmd *cobra.Command, instance string, answer json.RawMessage) error {
	return h.show(cmd, answer, func() error {
		s, err := client.Decode[client.HistorySummary](answer)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		if len(s.Buckets) == 0 {
			fmt.Fprintf(out, "Nothing happened from %s to %s.\n", s.From, s.To)
			showGaps(out, s.Gaps)
			return nil
		}
		most := int64(1)
		for _, b := range s.Buckets {
			most = max(most, sum(b.Kinds))
		}
		rows := [][]string{{"FROM", "OPS/S", fmt.Sprintf("%-*s", barWidth, ""), "KINDS", "BUSIEST"}}
		for _, b := range s.Buckets {
			n := sum(b.Kinds)
			rows = append(rows, []string{
				moment(b.Start), perSecond(n, s.BucketSeconds), strings.Repeat("#", int((n*barWidth+most-1)/most)), counts(b.Kinds), busiest(b.Namespaces),
			})
		}
		if err := table(out, rows); err != nil {
			return err
		}
		fmt.Fprintln(out)
		rows = [][]string{{"NAMESPACE", "OPERATIONS", "DATA", "KINDS", "FIRST", "LAST"}}
		for _, n := range s.Namespaces {
			name := printable(n.Namespace)
			if name == "" {
				name = "(others)"
			}
			rows = append(rows, []string{name, strconv.FormatInt(n.Operations, 10), byteSize(n.Bytes), counts(n.Kinds), n.First, n.Last})
		}
		if err := table(out, rows); err != nil {
			return err
		}
		return showNotable(out, instance, &s)
	})
}

func showNotable(out io.Writer, instance string, s *client.HistorySummary) error {
	if len(s.Notable) > 0 {
		fmt.Fprintln(out, "\nWhat took data away:")
		if err := table(out, entryRows(s.Notable)); err != nil {
			return err
		}
		if before := s.Notable[0].Before; before != "" {
			fmt.Fprintf(out, "To go back to before the first of them: tidemark restores start %s --at %s\n", instance, before)
		}
	}
	showGaps(out, s.Gaps)
	if s.Until != "" {
		fmt.Fprintf(out, "There is more after %s: add --from %s\n", s.Until, s.Until)
	}
	return nil
}

func sum(counts map[string]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// perSecond is a rate for a person.
func perSecond(n int64, seconds int) string {
	rate := float64(n) / float64(max(1, seconds))
	if rate < 10 {
		return fmt.Sprintf("%.1f", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}

// counts lists counts, the largest first.
func counts(m map[string]int64) string {
	parts := make([]string, 0, len(m))
	for _, name := range byCount(m) {
		parts = append(parts, fmt.Sprintf("%s %d", printable(name), m[name]))
	}
	return strings.Join(parts, ", ")
}

// busiest is the name with the largest count.
func busiest(m map[string]int64) string {
	names := byCount(m)
	switch {
	case len(names) == 0:
		return "-"
	case names[0] == "":
		return "(others)"
	}
	return printable(names[0])
}

func byCount(m map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if m[a] != m[b] {
			return int(min(1, max(-1, m[b]-m[a])))
		}
		return strings.Compare(a, b)
	})
}
