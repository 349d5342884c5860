package main

import (
	"fmt"
	"io"
	"strconv"

	"tidemark/client"
)

// printReport says what a restore did and proved.
func printReport(w io.Writer, r client.Report) error {
	rows := [][]string{{"", "", "", ""}, {"COLLECTION", "DOCUMENTS", "DATA", "INDEXES", "CONTENT HASH", "READ BACK"}}
	for _, c := range r.Collections {
		equal := "equal"
		if c.Expected != c.ReadBack {
			equal = "not compared"
		}
		rows = append(rows, []string{c.Namespace, strconv.FormatInt(c.Expected.Documents, 10), byteSize(c.Expected.Bytes),
			strconv.Itoa(c.Indexes), c.Expected.Hash, equal})
	}
	if err := table(w, rows); err != nil {
		return err
	}
	for _, ns := range r.Dropped {
		fmt.Fprintf(w, "dropped %s: the snapshot does not have it\n", ns)
	}
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "warning: %s\n", text)
	}
	if torn := r.TornTransactions; torn != nil && torn.Brought+torn.Undone > 0 {
		fmt.Fprintf(w, "transactions restored by half, for they wrote beside what was chosen too: %d before the instant, %d after it\n",
			torn.Brought, torn.Undone)
	}
	_, err := fmt.Fprintf(w, "loaded in %.1fs, indexed in %.1fs, verified in %.1fs, cut over in %.1fs\n",
		r.LoadSeconds, r.IndexSeconds, r.VerifySeconds, r.CutOverSeconds)
	return err
}
