package store_test

import (
	"fmt"
	"strings"
	"testing"

	"tidemark"
)

// TestFullDisk runs out of room in the middle of a transaction: it fails whole,
// says why, and the store goes on once there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	db := open(t, config(t))
	limit := func(pages int) {
		t.Helper()
		if _, err := db.Writer().ExecContext(t.Context(), fmt.Sprint("PRAGMA max_page_count = ", pages)); err != nil {
			t.Fatal(err)
		}
	}
	write := func(tx tidemark.Tx) error {
		if err := tx.SetSetting(t.Context(), "small", "x"); err != nil {
			return err
		}
		return tx.SetSetting(t.Context(), "large", strings.Repeat("x", 1<<20))
	}
	read := func(name string) string {
		t.Helper()
		var value string
		err := db.View(t.Context(), func(tx tidemark.Tx) (err error) {
			value, err = tx.Setting(t.Context(), name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	limit(100)
	err := db.Update(t.Context(), write)
	if tidemark.ErrorCode(err) != tidemark.CodeInternal || !strings.Contains(tidemark.ErrorHint(err), "space") {
		t.Errorf("a full disk is %v, hint %q", err, tidemark.ErrorHint(err))
	}
	if read("small") != "" {
		t.Error("half of the transaction was kept")
	}
	limit(1 << 20)
	if err := db.Update(t.Context(), write); err != nil {
		t.Fatal(err)
	}
	if len(read("large")) != 1<<20 {
		t.Error("the write after the fault was lost")
	}
}

// TestSealerFails has a Sealer that cannot seal: nothing is stored unsealed.
func TestSealerFails(t *testing.T) {
	t.Parallel()
	c := config(t)
	broken := &breakable{Sealer: c.Sealer}
	c.Sealer = broken
	db := open(t, c)
	broken.broken = true
	err := db.Update(t.Context(), func(tx tidemark.Tx) error { return tx.SetSetting(t.Context(), "a", "b") })
	if tidemark.ErrorCode(err) != tidemark.CodeWrongMasterKey {
		t.Errorf("the Sealer's code became that of %v", err)
	}
	broken.broken = false
	err = db.View(t.Context(), func(tx tidemark.Tx) error {
		got, err := tx.Setting(t.Context(), "a")
		if got != "" {
			t.Errorf("the setting is %q", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
