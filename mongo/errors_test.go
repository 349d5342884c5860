package mongo_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/mongo"
	"tidemark/mongo/mongotest"
)

// Each recorded refusal of a real server has its code here.
func TestRecordedErrors(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]tidemark.Code{
		"create-exists":               tidemark.CodeConflict,
		"renameCollection-missing":    tidemark.CodeTargetRefused,
		"renameCollection-timeseries": tidemark.CodeUnsupported,
		"unknown-command":             tidemark.CodeUnsupported,
		"createIndexes-unique-fails":  tidemark.CodeTargetRefused,
	} {
		t.Run(reply, func(t *testing.T) {
			t.Parallel()
			s := replicaSet(t).On("create", recorded(t, reply))
			err := open(t, s.URI(), noRetry).Create(t.Context(), tidemark.Collection{}, "cmds", "t")
			wantCode(t, err, want)
			if err != nil && strings.Contains(err.Error(), "dup key") {
				t.Errorf("the message has values of a document: %v", err)
			}
			if n := len(s.Asked("create")); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestPassingErrorsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []int32{91, 112, 189, 10107, 11600, 11602, 13435} {
		t.Run(strconv.Itoa(int(code)), func(t *testing.T) {
			t.Parallel()
			s := replicaSet(t).On("create", mongotest.CommandError(code, "", "wait"), mongotest.OK())
			d := open(t, s.URI(), mongo.Options{RetryFor: 10 * time.Second})
			must(t, d.Create(t.Context(), tidemark.Collection{}, "db", "c"))
		})
	}
}

func TestPassingErrorsEndAsUnreachable(t *testing.T) {
	t.Parallel()
	s := replicaSet(t).On("create", mongotest.CommandError(189, "PrimarySteppedDown", "stepped down"))
	d := open(t, s.URI(), mongo.Options{RetryFor: 120 * time.Millisecond})
	err := d.Create(t.Context(), tidemark.Collection{}, "db", "c")
	wantCode(t, err, tidemark.CodeTargetUnreachable)
	if n := len(s.Asked("create")); n < 2 {
		t.Errorf("tried %d times", n)
	}
}

// The server did it, but the reply was lost: the next try must not be a conflict.
func TestLostReplyOfCreateIsNoConflict(t *testing.T) {
	t.Parallel()
	s := replicaSet(t).On("create", mongotest.OK(), recorded(t, "create-exists"))
	p, err := mongotest.StartProxy(s.URI(), func(_ int, cmd mongotest.Command) mongotest.Action {
		if cmd.Name == "create" && len(s.Asked("create")) == 0 {
			return mongotest.CutAfter()
		}
		return mongotest.Pass()
	})
	must(t, err)
	t.Cleanup(func() { _ = p.Close() })
	must(t, open(t, p.URI(), mongo.Options{}).Create(t.Context(), tidemark.Collection{}, "cmds", "t"))
	if n := len(s.Asked("create")); n != 2 {
		t.Errorf("the server was asked %d times", n)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	d := open(t, "mongodb://user:secret@"+address, mongo.Options{RetryFor: -1, ServerSelectionTimeout: 100 * time.Millisecond})
	_, err = d.Describe(t.Context())
	wantCode(t, err, tidemark.CodeTargetUnreachable)
	if tidemark.ErrorHint(err) == "" || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), address) {
		t.Errorf("%v", err)
	}
	wantCode(t, d.Insert(t.Context(), "db", "c", pack(t, bson.D{{Key: "_id", Value: 1}}), 1), tidemark.CodeTargetUnreachable)
}

func TestCancelledContextIsReturnedAsItIs(t *testing.T) {
	t.Parallel()
	s := replicaSet(t).On("create", mongotest.CommandError(189, "PrimarySteppedDown", "stepped down"))
	d := open(t, s.URI(), mongo.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := d.Create(ctx, tidemark.Collection{}, "db", "c"); err != context.DeadlineExceeded {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if _, err := d.Catalogue(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A wrong password will not get right by trying again.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	s := script(t).On("saslStart", mongotest.CommandError(18, "AuthenticationFailed", "Authentication failed."))
	uri := strings.Replace(s.URI(), "mongodb://", "mongodb://user:s3cret@", 1) + "&authMechanism=SCRAM-SHA-256"
	d := open(t, uri, mongo.Options{RetryFor: 10 * time.Second})
	begun := time.Now()
	_, err := d.Describe(t.Context())
	wantCode(t, err, tidemark.CodeTargetRefused)
	if err != nil && strings.Contains(err.Error(), "s3cret") || !strings.Contains(tidemark.ErrorHint(err), "password") {
		t.Errorf("%v (%s)", err, tidemark.ErrorHint(err))
	}
	if time.Since(begun) > 5*time.Second {
		t.Error("it was tried again")
	}
	wantCode(t, d.Insert(t.Context(), "db", "c", pack(t, bson.D{{Key: "_id", Value: 1}}), 1), tidemark.CodeTargetRefused)
}
