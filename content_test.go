package tidemark_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"tidemark"
)

func documents(t *rapid.T) [][]byte {
	return rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 40)).Draw(t, "documents")
}

func contentOf(documents [][]byte) tidemark.Content {
	var c tidemark.Content
	for _, d := range documents {
		c.Add(d)
	}
	return c
}

func TestContentDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs := documents(t)
		if got, want := contentOf(rapid.Permutation(docs).Draw(t, "shuffled")), contentOf(docs); got != want {
			t.Fatalf("shuffled: %+v, in order: %+v", got, want)
		}
	})
}

func TestContentsOfPartsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs := documents(t)
		at := rapid.IntRange(0, len(docs)).Draw(t, "cut")
		got := contentOf(docs[:at])
		got.Merge(contentOf(docs[at:]))
		if want := contentOf(docs); got != want {
			t.Fatalf("two parts: %+v, whole: %+v", got, want)
		}
	})
}

func TestContentForgetsWhatIsRemoved(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs, others := documents(t), documents(t)
		got := contentOf(append(append([][]byte{}, docs...), others...))
		for _, d := range rapid.Permutation(others).Draw(t, "others") {
			got.Remove(d)
		}
		if want := contentOf(docs); got != want {
			t.Fatalf("%+v is left, not %+v", got, want)
		}
	})
}

func TestContentSeesEveryChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs := append(documents(t), []byte{1, 2, 3})
		want := contentOf(docs)
		i := rapid.IntRange(0, len(docs)-1).Draw(t, "document")
		changed := append([]byte{}, docs[i]...)
		changed = append(changed, 0)
		docs[i] = changed
		if contentOf(docs) == want {
			t.Fatal("a longer document has the same content")
		}
	})
	twice := contentOf([][]byte{{1}, {1}})
	if twice.Hash() == contentOf(nil).Hash() {
		t.Fatal("a document that is there twice cancels itself out")
	}
}

func TestContentSurvivesJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := contentOf(documents(t))
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got tidemark.Content
		if err := json.Unmarshal(b, &got); err != nil || got != want {
			t.Fatalf("%s: got %+v, %v", b, got, err)
		}
	})
	var c tidemark.Content
	if err := json.Unmarshal([]byte(`{"documents":1,"bytes":1,"hash":"xyz"}`), &c); tidemark.ErrorCode(err) != tidemark.CodeInvalidData {
		t.Fatalf("a bad hash gave %v", err)
	}
}

func TestAnEstimateHasNoSum(t *testing.T) {
	t.Parallel()
	c := contentOf([][]byte{[]byte("one"), []byte("two")})
	estimate := tidemark.Estimate(1, 3)
	if estimate == contentOf([][]byte{[]byte("one")}) || estimate.Hash() != "" {
		t.Errorf("%+v is taken for a sum", estimate)
	}
	c.Merge(estimate)
	if c != tidemark.Estimate(3, 9) {
		t.Errorf("with an estimate the whole is %+v", c)
	}
	c.Add([]byte("four"))
	c.Remove([]byte("two"))
	if c != tidemark.Estimate(3, 10) {
		t.Errorf("%+v", c)
	}
	b, err := json.Marshal(c)
	var got tidemark.Content
	if err != nil || string(b) != `{"documents":3,"bytes":10,"estimated":true}` || json.Unmarshal(b, &got) != nil || got != c {
		t.Errorf("%s comes back as %+v, %v", b, got, err)
	}
}
