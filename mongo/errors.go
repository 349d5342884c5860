package mongo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	xdriver "go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"tidemark"
)

// Server error codes that are spoken of by name elsewhere in this package. The
// numbers are those of src/mongo/base/error_codes.yml.
const (
	codeAuthenticationFailed = 18
	codeNamespaceNotFound    = 26
	codeUnauthorized         = 13
	codeCursorNotFound       = 43
	codeCappedPositionLost   = 136
	codeQueryPlanKilled      = 175
	codeCursorKilled         = 237
	codeInterrupted          = 11601
	codeNamespaceExists      = 48
	codeNotOnView            = 166
	codeDuplicateKey         = 11000
	codeAtlas                = 8000
	codeReadConcernMajority  = 148
)

// verdict is what an error means to a caller.
type verdict struct {
	name      string // the server's name of the error code
	code      tidemark.Code
	transient bool // trying again may help
	hint      string
}

func passing(name string) verdict {
	return verdict{name: name, code: tidemark.CodeTargetUnreachable, transient: true}
}

func refused(name, hint string) verdict {
	return verdict{name: name, code: tidemark.CodeTargetRefused, hint: hint}
}

func unsupported(name string) verdict {
	return verdict{name: name, code: tidemark.CodeUnsupported, hint: "the deployment lacks this; a newer or fuller server may have it"}
}

const (
	hintPrivileges = "give the user of the connection string the roles backup and restore, or readAnyDatabase and readWriteAnyDatabase"
	hintLogin      = "check user name, password and authSource of the connection string"
)

// verdicts is the table from server error codes. A code that is not in it is
// CodeTargetRefused.
var verdicts = map[int32]verdict{
	6:     passing("HostUnreachable"),
	7:     passing("HostNotFound"),
	24:    passing("LockTimeout"),
	46:    passing("LockBusy"),
	50:    passing("MaxTimeMSExpired"),
	64:    passing("WriteConcernFailed"),
	89:    passing("NetworkTimeout"),
	91:    passing("ShutdownInProgress"),
	94:    passing("NotYetInitialized"),
	107:   passing("LockFailed"),
	112:   passing("WriteConflict"),
	117:   passing("ConflictingOperationInProgress"),
	133:   passing("FailedToSatisfyReadPreference"),
	134:   passing("ReadConcernMajorityNotAvailableYet"),
	189:   passing("PrimarySteppedDown"),
	202:   passing("NetworkInterfaceExceededTimeLimit"),
	246:   passing("SnapshotUnavailable"),
	262:   passing("ExceededTimeLimit"),
	276:   passing("IndexBuildAborted"),
	314:   passing("ObjectIsBusy"),
	365:   passing("TemporarilyUnavailable"),
	462:   passing("IngressRequestRateLimitExceeded"),
	9001:  passing("SocketException"),
	10107: passing("NotWritablePrimary"),
	11600: passing("InterruptedAtShutdown"),
	11602: passing("InterruptedDueToReplStateChange"),
	12586: passing("BackgroundOperationInProgressForDatabase"),
	12587: passing("BackgroundOperationInProgressForNamespace"),
	13388: passing("StaleConfig"),
	13435: passing("NotPrimaryNoSecondaryOk"),
	13436: passing("NotPrimaryOrSecondary"),

	// A cursor that is gone cannot be asked again, but the scan can.
	codeCursorNotFound:     {name: "CursorNotFound", code: tidemark.CodeTargetUnreachable},
	codeCappedPositionLost: {name: "CappedPositionLost", code: tidemark.CodeTargetUnreachable},
	codeQueryPlanKilled:    {name: "QueryPlanKilled", code: tidemark.CodeTargetUnreachable},
	codeCursorKilled:       {name: "CursorKilled", code: tidemark.CodeTargetUnreachable},
	codeInterrupted:        {name: "Interrupted", code: tidemark.CodeTargetUnreachable},

	codeNamespaceExists: {name: "NamespaceExists", code: tidemark.CodeConflict},
	59:                  unsupported("CommandNotFound"),
	115:                 unsupported("CommandNotSupported"),
	238:                 unsupported("NotImplemented"),
	codeNotOnView:       unsupported("CommandNotSupportedOnView"),
	323:                 unsupported("APIStrictError"),

	2:                        refused("BadValue", ""),
	53:                       refused("InvalidIdField", ""),
	codeUnauthorized:         refused("Unauthorized", hintPrivileges),
	codeAuthenticationFailed: refused("AuthenticationFailed", hintLogin),
	11:                       refused("UserNotFound", hintLogin),
	codeNamespaceNotFound:    refused("NamespaceNotFound", ""),
	67:                       refused("CannotCreateIndex", ""),
	72:                       refused("InvalidOptions", ""),
	73:                       refused("InvalidNamespace", ""),
	79:                       refused("UnknownReplWriteConcern", ""),
	85:                       refused("IndexOptionsConflict", ""),
	86:                       refused("IndexKeySpecsConflict", ""),
	100:                      refused("UnsatisfiableWriteConcern", "fewer members hold data than a majority needs"),
	121:                      refused("DocumentValidationFailure", ""),
	codeReadConcernMajority:  refused("ReadConcernMajorityNotEnabled", ""),
	codeAtlas:                refused("AtlasError", "the tier of the deployment does not allow this"),
	10334:                    refused("BSONObjectTooLarge", ""),
	codeDuplicateKey:         refused("DuplicateKey", "two documents have equal keys in a unique index"),
	14031:                    refused("OutOfDiskSpace", "make room on the deployment's disk"),
}

// serverError is an error document of a server.
type serverError struct {
	code    int32
	name    string
	message string
	labels  []string
}

// asServerError finds the server's answer in a driver's error.
func asServerError(err error) (serverError, bool) {
	if e, ok := errors.AsType[driver.CommandError](err); ok && (e.Code != 0 || len(e.Raw) > 0) {
		return serverError{e.Code, e.Name, e.Message, e.Labels}, true
	}
	if e, ok := errors.AsType[xdriver.Error](err); ok && (e.Code != 0 || len(e.Raw) > 0) {
		return serverError{e.Code, e.Name, e.Message, e.Labels}, true
	}
	if e, ok := errors.AsType[driver.WriteException](err); ok && e.WriteConcernError != nil {
		w := e.WriteConcernError
		return serverError{int32(w.Code), w.Name, w.Message, e.Labels}, true
	}
	if e, ok := errors.AsType[xdriver.WriteCommandError](err); ok && e.WriteConcernError != nil {
		w := e.WriteConcernError
		return serverError{int32(w.Code), w.Name, w.Message, e.Labels}, true
	}
	return serverError{}, false
}

// isServerCode says whether err is the server's answer with that code.
func isServerCode(err error, code int32) bool {
	e, ok := asServerError(err)
	return ok && e.code == code
}

// judge says what an error of the driver or the server means.
func judge(err error) verdict {
	if e, ok := asServerError(err); ok {
		v := verdictOf(e.code, e.name)
		for _, label := range e.labels {
			switch label {
			case "RetryableWriteError", "RetryableError", "SystemOverloadedError":
				v.transient = true
			}
		}
		if v.transient {
			v.code = tidemark.CodeTargetUnreachable
		}
		return v
	}
	if _, ok := errors.AsType[*auth.Error](err); ok && !isNetwork(err) {
		return refused("", hintLogin)
	}
	if errors.Is(err, driver.ErrClientDisconnected) || errors.Is(err, topology.ErrTopologyClosed) {
		return verdict{code: tidemark.CodeTargetUnreachable, hint: "the deployment was closed"}
	}
	if isNetwork(err) {
		return verdict{code: tidemark.CodeTargetUnreachable, transient: true,
			hint: "check that the deployment runs and that its hosts can be reached from here"}
	}
	return refused("", "")
}

func verdictOf(code int32, name string) verdict {
	v, known := verdicts[code]
	if !known {
		v = refused("", "")
	}
	if name != "" {
		v.name = name
	}
	return v
}

// isNetwork says whether err comes from the way to a server.
func isNetwork(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[topology.ConnectionError](err); ok {
		return true
	}
	if _, ok := errors.AsType[topology.ServerSelectionError](err); ok {
		return true
	}
	if _, ok := errors.AsType[topology.WaitQueueTimeoutError](err); ok {
		return true
	}
	// One connection failed, and the driver closed all others with it.
	if e, ok := errors.AsType[interface {
		error
		xdriver.RetryablePoolError
	}](err); ok && e.Retryable() {
		return true
	}
	return driver.IsNetworkError(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// fault is the error of the port for a failure of the driver or the server
// while doing what. A cancelled context is returned as it is.
func (d *Deployment) fault(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*tidemark.Error](err); ok {
		return e
	}
	v := judge(err)
	out := &tidemark.Error{Code: v.code, Hint: v.hint, Err: opaque{err}}
	if e, ok := asServerError(err); ok {
		out.Message = fmt.Sprintf("cannot %s: the server answers %s: %s", what, nameOf(e.code, v.name), withoutValues(e.message))
		return out
	}
	if v.code == tidemark.CodeTargetUnreachable {
		out.Message = fmt.Sprintf("cannot %s: the deployment does not answer: %v", what, err)
		return out
	}
	out.Message = fmt.Sprintf("cannot %s: %v", what, err)
	return out
}

func nameOf(code int32, name string) string {
	if name == "" {
		return fmt.Sprintf("error %d", code)
	}
	return fmt.Sprintf("%s (%d)", name, code)
}

// withoutValues cuts a server's message before the values of a document.
func withoutValues(message string) string {
	if i := strings.Index(message, " dup key:"); i >= 0 {
		return message[:i]
	}
	return message
}

// opaque is a cause that can be asked with errors.Is but whose own text, which
// may hold values of documents, never comes to light.
type opaque struct{ err error }

func (o opaque) Error() string        { return "the cause is kept from view" }
func (o opaque) Is(target error) bool { return errors.Is(o.err, target) }
