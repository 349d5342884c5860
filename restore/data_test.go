package restore_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/restore/restoretest"
)

// overwrite puts data into a deployment that a restore must replace: a
// collection of the snapshot with other documents and indexes, and collections
// that the snapshot does not have.
func overwrite(t *testing.T, d tidemark.Target) {
	t.Helper()
	doc := func(i int) bson.D { return bson.D{{Key: "_id", Value: int32(i)}, {Key: "n", Value: "wrong"}} }
	restoretest.Collection(t, d, "shop", "orders", 40, nil, doc, bson.D{{Key: "other", Value: 1}})
	restoretest.Collection(t, d, "shop", "rubbish", 10, nil, doc)
	restoretest.Collection(t, d, "elsewhere", "things", 10, nil, doc)
}

// overwriteAgain empties a deployment first.
func overwriteAgain(t *testing.T, d tidemark.Target) {
	t.Helper()
	catalogue, err := d.Catalogue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range catalogue.Collections {
		if err := d.Drop(t.Context(), c.DB, c.Name); err != nil {
			t.Fatal(err)
		}
	}
	overwrite(t, d)
}
