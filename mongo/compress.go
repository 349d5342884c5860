package mongo

import (
	"context"
	"encoding/binary"

	xdriver "go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/mnet"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"
)

// opCompressed is the opcode of a compressed message:
// https://github.com/mongodb/specifications/blob/master/source/compression/OP_COMPRESSED.md
const opCompressed = 2012

// writeCompressed writes a message with the compression that the connection
// string asked for and the server agreed to.
func writeCompressed(ctx context.Context, conn *mnet.Connection, head, docs []byte) error {
	whole := append(append(make([]byte, 0, len(head)+len(docs)), head...), docs...)
	packed, err := conn.CompressWireMessage(whole, nil)
	if err != nil {
		return err
	}
	return conn.Write(ctx, packed)
}

// unpack returns the message inside a compressed one, any other as it is.
func unpack(msg []byte) ([]byte, error) {
	if len(msg) < headerBytes || binary.LittleEndian.Uint32(msg[12:]) != opCompressed {
		return msg, nil
	}
	opcode, rest, ok := wiremessage.ReadCompressedOriginalOpCode(msg[headerBytes:])
	size, rest, ok2 := wiremessage.ReadCompressedUncompressedSize(rest)
	compressor, rest, ok3 := wiremessage.ReadCompressedCompressorID(rest)
	if !ok || !ok2 || !ok3 || size < 0 || size > defaultMessageBytes {
		return nil, badReply("its compression is malformed")
	}
	body, err := xdriver.DecompressPayload(rest, xdriver.CompressionOpts{Compressor: compressor, UncompressedSize: size})
	if err != nil {
		return nil, badReply("it cannot be decompressed")
	}
	out := append(make([]byte, 0, headerBytes+len(body)), msg[:headerBytes]...)
	binary.LittleEndian.PutUint32(out, uint32(headerBytes+len(body)))
	binary.LittleEndian.PutUint32(out[12:], uint32(opcode))
	return append(out, body...), nil
}
