package mongotest

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Doc marshals a document for a reply. It panics on what BSON cannot hold.
func Doc(d bson.D) bson.Raw {
	raw, err := bson.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("mongotest: %v", err))
	}
	return raw
}

// OK is {ok: 1} behind more fields.
func OK(fields ...bson.E) bson.Raw {
	return Doc(append(append(bson.D{}, fields...), bson.E{Key: "ok", Value: 1.0}))
}

// CommandError is the reply to a command that fails as a whole.
func CommandError(code int32, name, message string) bson.Raw {
	return Doc(bson.D{
		{Key: "ok", Value: 0.0},
		{Key: "errmsg", Value: message},
		{Key: "code", Value: code},
		{Key: "codeName", Value: name},
	})
}

// WriteError is the reply to an insert of which one document fails.
func WriteError(written, index, code int32, message string) bson.Raw {
	return OK(bson.E{Key: "n", Value: written}, bson.E{Key: "writeErrors", Value: bson.A{bson.D{
		{Key: "index", Value: index},
		{Key: "code", Value: code},
		{Key: "errmsg", Value: message},
	}}})
}

// hello is the greeting of a MongoDB 7.0: a standalone, or the primary of a
// replica set of one.
func hello(address, replicaSet string) bson.Raw {
	fields := []bson.E{
		{Key: "helloOk", Value: true},
		{Key: "isWritablePrimary", Value: true},
		{Key: "ismaster", Value: true},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)},
		{Key: "maxMessageSizeBytes", Value: int32(maxMessage)},
		{Key: "maxWriteBatchSize", Value: int32(100_000)},
		{Key: "logicalSessionTimeoutMinutes", Value: int32(30)},
		{Key: "minWireVersion", Value: int32(0)},
		{Key: "maxWireVersion", Value: int32(21)},
		{Key: "readOnly", Value: false},
	}
	if replicaSet != "" {
		fields = append(fields,
			bson.E{Key: "setName", Value: replicaSet},
			bson.E{Key: "setVersion", Value: int32(1)},
			bson.E{Key: "hosts", Value: bson.A{address}},
			bson.E{Key: "me", Value: address},
			bson.E{Key: "primary", Value: address},
			bson.E{Key: "secondary", Value: false})
	}
	return OK(fields...)
}

func isGreeting(name string) bool {
	return name == "hello" || name == "isMaster" || name == "ismaster"
}
