package tidemark

import (
	"errors"
	"fmt"
)

// Code says what went wrong in a word that programs can test. atlas maps each
// code to an HTTP status and an Atlas errorCode; a code it does not know is an
// internal error there.
type Code string

// The codes. The comment is what Params holds, in order, where it holds anything.
const (
	CodeInternal Code = "internal" // a fault of Tidemark's own

	CodeInvalidAttribute    Code = "invalid_attribute"    // attribute name
	CodeMissingAttribute    Code = "missing_attribute"    // attribute name
	CodeUnknownAttribute    Code = "unknown_attribute"    // attribute name
	CodeReadOnlyAttribute   Code = "read_only_attribute"  // attribute name
	CodeInvalidEnum         Code = "invalid_enum"         // value, attribute name
	CodeInvalidJSON         Code = "invalid_json"         //
	CodeInvalidQuery        Code = "invalid_query"        // parameter name
	CodeInvalidPath         Code = "invalid_path"         // parameter name
	CodeInvalidRestoreTime  Code = "invalid_restore_time" //
	CodeUnsupportedDelivery Code = "unsupported_delivery" // delivery type
	CodeBodyTooLarge        Code = "body_too_large"       // limit in bytes

	CodeUnauthenticated    Code = "unauthenticated"      //
	CodeForbidden          Code = "forbidden"            // the caller lacks the role
	CodeNotInProject       Code = "not_in_project"       // the caller has no role in the project
	CodeNotInOrg           Code = "not_in_org"           // the caller has no role in the organization
	CodeCannotRestoreThere Code = "cannot_restore_there" // the caller lacks the role on source or target

	CodeAddressNotAllowed  Code = "address_not_allowed"   // not on the access list: address
	CodeAccessListRequired Code = "access_list_required"  // the organization wants the key to have an access list
	CodeCallerOnAccessList Code = "caller_on_access_list" // the caller would shut itself out: address
	CodeInvalidNetwork     Code = "invalid_network"       // neither an address nor a network: what was given
	CodeDuplicateAddress   Code = "duplicate_address"     // on the access list already: network
	CodeAccessListFull     Code = "access_list_full"      // limit
	CodeTooManySecrets     Code = "too_many_secrets"      // limit
	CodeInvalidOrgRole     Code = "invalid_org_role"      // no role of organizations: role, organization id
	CodeInvalidProjectRole Code = "invalid_project_role"  // no role of projects: role, project id
	CodeLastOwner          Code = "last_owner"            // nobody would own the organization: organization id

	CodeInvalidProjectID  Code = "invalid_project_id"  // id
	CodeInvalidOrgID      Code = "invalid_org_id"      // id
	CodeInvalidSnapshotID Code = "invalid_snapshot_id" // id
	CodeInvalidJobID      Code = "invalid_job_id"      // id
	CodeInvalidName       Code = "invalid_name"        // name of an instance

	CodeOrgNotFound      Code = "org_not_found"      // id
	CodeProjectNotFound  Code = "project_not_found"  // id or name
	CodeInstanceNotFound Code = "instance_not_found" // name, project id
	CodeSnapshotNotFound Code = "snapshot_not_found" // id, instance name
	CodeJobNotFound      Code = "job_not_found"      // id, instance name
	CodeKeyNotFound      Code = "key_not_found"      // id
	CodeEventNotFound    Code = "event_not_found"    // id
	CodeProcessNotFound  Code = "process_not_found"  // HOST:PORT, project id
	CodeResourceNotFound Code = "resource_not_found" // path

	CodeServiceAccountNotFound Code = "service_account_not_found" // client id
	CodeSecretNotFound         Code = "secret_not_found"          // id, client id
	CodeAccessEntryNotFound    Code = "access_entry_not_found"    // network
	CodeNetworkEntryNotFound   Code = "network_entry_not_found"   // network, project id

	CodeDuplicateInstance    Code = "duplicate_instance"    // name, project id
	CodeDuplicateProject     Code = "duplicate_project"     // name
	CodeProjectNotEmpty      Code = "project_not_empty"     // project id
	CodeOrgNotEmpty          Code = "org_not_empty"         // organization id
	CodeLastOrg              Code = "last_org"              // the only organization stays: its id
	CodeTooManyInstances     Code = "too_many_instances"    // limit, project id
	CodeInstanceBusy         Code = "instance_busy"         // a restore onto it is under way: name
	CodeInstanceNotReady     Code = "instance_not_ready"    // name, state
	CodeDeletionRequested    Code = "deletion_requested"    // name
	CodeTerminationProtected Code = "termination_protected" // name
	CodeWrongInstanceKind    Code = "wrong_instance_kind"   // name, its kind, the kind asked for

	CodePaused       Code = "paused"        // the cluster is paused: name
	CodeTargetPaused Code = "target_paused" // and cannot be restored onto: name

	CodeSnapshotIncomplete Code = "snapshot_incomplete"  // id
	CodeSnapshotGone       Code = "snapshot_gone"        // expired, deleted or failed: id
	CodeSnapshotInProgress Code = "snapshot_in_progress" // one is being taken already: instance name
	CodeNoPointInTime      Code = "no_point_in_time"     // the instance has no continuous backup: name
	CodeCannotCancel       Code = "cannot_cancel"        // job id
	CodeCannotUndo         Code = "cannot_undo"          // job id

	CodeNotAcceptable    Code = "not_acceptable"     //
	CodeMethodNotAllowed Code = "method_not_allowed" //

	CodeTargetUnreachable Code = "target_unreachable" // the deployment does not answer
	CodeTargetRefused     Code = "target_refused"     // the deployment answered with an error that will not pass
	CodeVersionMismatch   Code = "version_mismatch"   // source version, target version
	CodeUnsupported       Code = "unsupported"        // what the deployment cannot do
	CodeNotEqual          Code = "not_equal"          // namespace whose read-back differs
	CodeNamespaceExists   Code = "namespace_exists"   // the target has it, and it must not be replaced: namespace

	CodeNoOplog       Code = "no_oplog"       // the deployment has none, or it cannot be read
	CodeOplogGap      Code = "oplog_gap"      // entries are lost: the timestamp after which
	CodeOutsideWindow Code = "outside_window" // no restore to that time: earliest, latest
	CodeUnknownEntry  Code = "unknown_entry"  // an oplog entry that cannot be folded: its timestamp, what

	CodeObjectMissing  Code = "object_missing"   // object name
	CodeObjectDamaged  Code = "object_damaged"   // object name
	CodeObjectExists   Code = "object_exists"    // object name
	CodeFormatTooNew   Code = "format_too_new"   // what, version found, version known
	CodeWrongMasterKey Code = "wrong_master_key" //
	CodeInvalidData    Code = "invalid_data"     // bytes that are not what their place promises

	CodeConflict Code = "conflict" // compare-and-set lost: another writer was first
)

// Error is what Tidemark's packages return: a code for programs, a message for
// a person and, where there is something to do, a hint that says what.
type Error struct {
	Code    Code
	Message string // a sentence for a person; no secrets
	Hint    string // what to do next; may be empty
	Params  []any  // the values of the message that a program would want
	Err     error  // the cause; may be nil
}

// Errorf returns an Error with a formatted message. A %w verb sets the cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Err: errors.Unwrap(err)}
}

// WithHint sets the hint and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithParams sets the parameters and returns e.
func (e *Error) WithParams(params ...any) *Error {
	e.Params = params
	return e
}

// Error returns the message; the hint is for whoever shows it.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrorCode returns the code of the first Error in err's chain, CodeInternal
// for any other error, and "" for nil.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// ErrorHint returns the first hint in err's chain, or "".
func ErrorHint(err error) string {
	for err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}
