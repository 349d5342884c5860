package atlas

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tidemark"
)

// Codes of this package's own, beside those of the domain.
const (
	codeUnsupportedMediaType   tidemark.Code = "unsupported_media_type"    // media type
	codeTooManyFailures        tidemark.Code = "too_many_failures"         // seconds to wait
	codeRangeNotSatisfiable    tidemark.Code = "range_not_satisfiable"     //
	codeProjectNameNotFound    tidemark.Code = "project_name_not_found"    // name
	codeDownloadIncomplete     tidemark.Code = "download_incomplete"       // snapshot id
	codeVersionGone            tidemark.Code = "version_gone"              // version, path without the first slash
	codeRateLimited            tidemark.Code = "rate_limited"              // path, seconds to wait, capacity, refill, seconds of a refill
	codeNotServed              tidemark.Code = "not_served"                // method and path
	codeTooManyStreams         tidemark.Code = "too_many_streams"          //
	codeInvalidDate            tidemark.Code = "invalid_date"              // what was given, parameter name
	codeInvalidExportID        tidemark.Code = "invalid_export_id"         // id
	codeRetentionInProgress    tidemark.Code = "retention_in_progress"     // snapshot id
	codeDeleteInProgress       tidemark.Code = "delete_in_progress"        // snapshot id
	codeFlexInClusterAPI       tidemark.Code = "flex_in_cluster_api"       // name
	codeServerlessInClusterAPI tidemark.Code = "serverless_in_cluster_api" // name
	codeNonFlexInFlexAPI       tidemark.Code = "non_flex_in_flex_api"      // name
	codeNotTenant              tidemark.Code = "not_tenant"                // name
	codeTenantSnapshotNotFound tidemark.Code = "tenant_snapshot_not_found" // id, name
	codeTenantRestoreNotFound  tidemark.Code = "tenant_restore_not_found"  // id, name
)

// outcome is what a code is on the wire. {0}, {1} in the detail stand for
// parameters, {message} for the error's own sentence, which is also used
// whole where the detail is empty.
type outcome struct {
	status int
	code   string // errorCode of Atlas; none where empty
	detail string
	lead   []any // parameters that Atlas puts before ours
}

// outcomes has every code. The errorCodes are those of the documentation page
// "Atlas Administration API Error Codes" as far as it has one that fits; the
// details are those that real answers have. Codes that a request can only
// meet by a fault of the service are 500.
var outcomes = map[tidemark.Code]outcome{
	tidemark.CodeInternal: {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},

	tidemark.CodeInvalidAttribute:    {http.StatusBadRequest, "INVALID_ATTRIBUTE", "Invalid attribute {0} specified: {message}.", nil},
	tidemark.CodeMissingAttribute:    {http.StatusBadRequest, "MISSING_ATTRIBUTE", "The required attribute {0} was not specified.", nil},
	tidemark.CodeUnknownAttribute:    {http.StatusBadRequest, "INVALID_ATTRIBUTE", "Invalid attribute {0} specified: {message}.", nil},
	tidemark.CodeReadOnlyAttribute:   {http.StatusBadRequest, "ATTRIBUTE_READ_ONLY", "The attribute {0} is read-only and cannot be changed by the user.", nil},
	tidemark.CodeInvalidEnum:         {http.StatusBadRequest, "INVALID_ENUM_VALUE", "An invalid enumeration value {0} was specified: {message}.", nil},
	tidemark.CodeInvalidJSON:         {http.StatusBadRequest, "MALFORMED_JSON", "Received JSON is malformed: {message}.", nil},
	tidemark.CodeInvalidQuery:        {http.StatusBadRequest, "INVALID_QUERY_PARAMETER", "Invalid query parameter {0} specified: {message}.", nil},
	codeInvalidDate:                  {http.StatusBadRequest, "INVALID_DATE_FORMAT", "The date {0} of {1} is invalid: {message}.", nil},
	tidemark.CodeInvalidPath:         {http.StatusBadRequest, "INVALID_PATH_PARAMETER", "Invalid path parameter {0} specified: {message}.", nil},
	tidemark.CodeInvalidRestoreTime:  {http.StatusBadRequest, "INVALID_PIT_RESTORE_TIME", "Please provide a valid UTC time or an operation time (ts): {message}.", nil},
	tidemark.CodeUnsupportedDelivery: {http.StatusBadRequest, "UNSUPPORTED_DELIVERY_METHOD", "", nil},
	tidemark.CodeBodyTooLarge:        {http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE", "The request body exceeds {0} bytes.", nil},
	codeUnsupportedMediaType:         {http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "The media type {0} is not supported.", nil},

	codeTooManyStreams:      {http.StatusServiceUnavailable, "TOO_MANY_STREAMS", "", nil},
	codeRangeNotSatisfiable: {http.StatusRequestedRangeNotSatisfiable, "RANGE_NOT_SATISFIABLE", "", nil},

	tidemark.CodeUnauthenticated:    {http.StatusUnauthorized, "", "You are not authorized for this resource.", nil},
	tidemark.CodeForbidden:          {http.StatusUnauthorized, "USER_UNAUTHORIZED", "Current user is not authorized to perform this action.", nil},
	tidemark.CodeNotInProject:       {http.StatusUnauthorized, "NOT_IN_GROUP", "The current user is not in the group, or the group does not exist.", nil},
	tidemark.CodeNotInOrg:           {http.StatusUnauthorized, "USER_CANNOT_ACCESS_ORG", "The current user is not in the organization, or the organization does not exist.", nil},
	tidemark.CodeCannotRestoreThere: {http.StatusForbidden, "CANNOT_RESTORE_TO_TARGET", "Cannot restore with insufficient permission on source snapshot or target cluster.", nil},
	codeTooManyFailures:             {http.StatusTooManyRequests, "RATE_LIMITED", "Too many failed authentications. Please retry after {0} seconds.", nil},

	tidemark.CodeAddressNotAllowed:  {http.StatusForbidden, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "IP address {0} is not allowed to access this resource.", nil},
	tidemark.CodeAccessListRequired: {http.StatusForbidden, "ORG_REQUIRES_ACCESS_LIST", "This organization requires access through an access list of IP ranges.", nil},
	tidemark.CodeCallerOnAccessList: {http.StatusBadRequest, "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST", "Cannot remove caller's IP address {0} from access list.", nil},
	tidemark.CodeInvalidNetwork:     {http.StatusBadRequest, "INVALID_IP_ADDRESS_OR_CIDR_NOTATION", "The address {0} must be in valid IP address or CIDR notation.", nil},
	tidemark.CodeDuplicateAddress:   {http.StatusConflict, "ADDRESS_ALREADY_IN_ACCESS_LIST", "The address {0} is already on the access list.", nil},
	tidemark.CodeAccessListFull:     {http.StatusForbidden, "ATLAS_NETWORK_PERMISSIONS_LIMIT_EXCEEDED", "Network permissions limit exceeded: an access list has at most {0} entries.", nil},
	tidemark.CodeTooManySecrets:     {http.StatusBadRequest, "ATLAS_GENERAL_ERROR", "Reason: {message}.", nil},
	tidemark.CodeInvalidOrgRole:     {http.StatusBadRequest, "INVALID_ROLE_FOR_ORG", "Role {0} is invalid for organization {1}.", nil},
	tidemark.CodeInvalidProjectRole: {http.StatusBadRequest, "INVALID_ROLE_FOR_GROUP", "Role {0} is invalid for group {1}.", nil},
	tidemark.CodeLastOwner:          {http.StatusForbidden, "CANNOT_DEMOTE_LAST_ORG_OWNER", "Cannot demote the last owner of the organization.", nil},

	tidemark.CodeInvalidProjectID:  {http.StatusNotFound, "INVALID_GROUP_ID", "An invalid group ID {0} was specified.", nil},
	tidemark.CodeInvalidOrgID:      {http.StatusNotFound, "INVALID_ORG_ID", "An invalid organization ID {0} was specified.", nil},
	tidemark.CodeInvalidSnapshotID: {http.StatusNotFound, "INVALID_SNAPSHOT_ID", "An invalid snapshot ID {0} was specified.", nil},
	tidemark.CodeInvalidJobID:      {http.StatusNotFound, "INVALID_JOB_ID", "An invalid restore job ID {0} was specified.", nil},
	tidemark.CodeInvalidName:       {http.StatusBadRequest, "CLUSTER_NAME_INVALID", "The specified cluster name {0} is invalid: it starts with a letter or digit and has only letters, digits and hyphens, at most 64.", nil},

	tidemark.CodeOrgNotFound:      {http.StatusNotFound, "ORG_NOT_FOUND", "No organization with ID {0} exists.", nil},
	tidemark.CodeProjectNotFound:  {http.StatusNotFound, "GROUP_NOT_FOUND", "No group with ID {0} exists.", nil},
	codeProjectNameNotFound:       {http.StatusNotFound, "GROUP_NAME_NOT_FOUND", "No group with name {0} exists.", nil},
	tidemark.CodeInstanceNotFound: {http.StatusNotFound, "CLUSTER_NOT_FOUND", "No cluster named {0} exists in group {1}.", nil},
	tidemark.CodeSnapshotNotFound: {http.StatusNotFound, "SNAPSHOT_NOT_FOUND", "No snapshot with ID {0} exists for cluster {1}.", nil},
	tidemark.CodeJobNotFound:      {http.StatusNotFound, "RESTORE_JOB_NOT_FOUND", "No restore job with ID {0} exists for cluster {1}.", nil},
	// 400 is what Atlas publishes, and what its Terraform provider tests for.
	tidemark.CodeKeyNotFound:            {http.StatusBadRequest, "API_KEY_NOT_FOUND", "No API key with ID {0} exists.", nil},
	tidemark.CodeServiceAccountNotFound: {http.StatusNotFound, "SERVICE_ACCOUNT_NOT_FOUND", "No service account with client ID {0} exists.", nil},
	tidemark.CodeSecretNotFound:         {http.StatusNotFound, "SERVICE_ACCOUNT_SECRET_NOT_FOUND", "No secret with ID {0} exists for the service account.", nil},
	tidemark.CodeAccessEntryNotFound:    {http.StatusNotFound, "API_KEY_ACCESS_LIST_NOT_FOUND", "The IP address {0} does not exist in the corresponding API key access list.", nil},
	tidemark.CodeNetworkEntryNotFound:   {http.StatusNotFound, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND", "IP Address {0} not on Atlas access list for group {1}.", nil},
	tidemark.CodeProcessNotFound:        {http.StatusNotFound, "HOST_NOT_FOUND", "No host with ID {0} exists in group {1}.", nil},
	tidemark.CodeEventNotFound:          {http.StatusNotFound, "EVENT_NOT_FOUND", "No event with ID {0} exists.", nil},
	tidemark.CodeResourceNotFound:       {http.StatusNotFound, "RESOURCE_NOT_FOUND", "Cannot find resource {0}.", nil},

	tidemark.CodeDuplicateInstance: {http.StatusBadRequest, "DUPLICATE_CLUSTER_NAME", "A {0} named {1} is already present in group {2}.", []any{"cluster or serverless instance"}},
	tidemark.CodeDuplicateProject:  {http.StatusConflict, "GROUP_ALREADY_EXISTS", `A group with name "{0}" already exists.`, nil},
	tidemark.CodeProjectNotEmpty:   {http.StatusConflict, "CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS", "There are active clusters in group {0}.", nil},
	tidemark.CodeOrgNotEmpty:       {http.StatusConflict, "ORG_NOT_EMPTY", "Organization {0} cannot be deleted: it has active projects.", nil},
	tidemark.CodeLastOrg:           {http.StatusForbidden, "ACCESS_FORBIDDEN", "", nil},
	// No answer of Atlas is known; this is after MAX_GROUPS_PER_ORG_EXCEEDED.
	tidemark.CodeTooManyInstances:     {http.StatusBadRequest, "MAX_CLUSTERS_PER_GROUP_EXCEEDED", "Maximum number of clusters per group ({0}) in {1} exceeded while trying to add cluster.", nil},
	tidemark.CodeInstanceBusy:         {http.StatusConflict, "ATLAS_CLUSTER_RESTORE_IN_PROGRESS", "Cluster restore already in progress.", nil},
	tidemark.CodeInstanceNotReady:     {http.StatusConflict, "RESTORE_INITIATION_FAILED", "", nil},
	tidemark.CodeDeletionRequested:    {http.StatusBadRequest, "CLUSTER_ALREADY_REQUESTED_DELETION", "The cluster {0} has already been requested for deletion.", nil},
	tidemark.CodeTerminationProtected: {http.StatusBadRequest, "CANNOT_TERMINATE_CLUSTER_WHEN_TERMINATION_PROTECTION_ENABLED", "Cannot terminate a cluster when termination protection is enabled. Disable termination protection and try again.", nil},
	tidemark.CodeWrongInstanceKind:    {http.StatusBadRequest, "CANNOT_USE_CLUSTER_IN_SERVERLESS_INSTANCE_API", "Cluster {0} cannot be used in the Serverless Instance API.", nil},

	tidemark.CodePaused:        {http.StatusConflict, "CANNOT_UPDATE_PAUSED_CLUSTER", "Cannot update cluster {0} while it is paused or being paused.", nil},
	tidemark.CodeTargetPaused:  {http.StatusBadRequest, "CLUSTER_PAUSED_CANNOT_RESTORE", "Cluster {0} is paused and cannot be restored onto.", nil},
	codeFlexInClusterAPI:       {http.StatusBadRequest, "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API", "Flex cluster {0} cannot be used in the Cluster API.", nil},
	codeServerlessInClusterAPI: {http.StatusBadRequest, "CANNOT_USE_SERVERLESS_INSTANCE_IN_CLUSTER_API", "Serverless instance {0} cannot be used in the Cluster API.", nil},
	codeNonFlexInFlexAPI:       {http.StatusBadRequest, "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API", "Cannot use non-flex cluster {0} in the flex API.", nil},
	codeNotTenant:              {http.StatusBadRequest, "INCORRECT_BACKUP_API_ENDPOINT", "Cluster {0} is not of a shared tier. Its backups are under another path.", nil},
	codeTenantSnapshotNotFound: {http.StatusNotFound, "TENANT_SNAPSHOT_NOT_FOUND", "No snapshot with ID {0} exists for cluster {1}.", nil},
	codeTenantRestoreNotFound:  {http.StatusNotFound, "TENANT_RESTORE_NOT_FOUND", "No restore job with ID {0} exists for cluster {1}.", nil},

	tidemark.CodeSnapshotIncomplete: {http.StatusConflict, "CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT", "Cannot start a restore job for incomplete snapshot {0}.", nil},
	codeDownloadIncomplete:          {http.StatusConflict, "CANNOT_DOWNLOAD_INCOMPLETE_SNAPSHOT", "Cannot download incomplete snapshot {0}.", nil},
	codeDeleteInProgress:            {http.StatusBadRequest, "CANNOT_DELETE_IN_PROGRESS_SNAPSHOT", "Cannot delete snapshot {0} while it is being taken.", nil},
	tidemark.CodeSnapshotGone:       {http.StatusConflict, "CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT", "Cannot start a restore job for deleted or expired snapshot {0}.", nil},
	tidemark.CodeSnapshotInProgress: {http.StatusBadRequest, "UNFINISHED_ON_DEMAND_SNAPSHOT", "A snapshot of cluster {0} is being taken already.", nil},
	tidemark.CodeNoPointInTime:      {http.StatusConflict, "NO_CHECKPOINT_FOR_PIT_RESTORE", "Cluster {0} has no continuous backup to restore a point in time from.", nil},
	tidemark.CodeNoOplog:            {http.StatusConflict, "UNSUPPORTED_FEATURE", "", nil},
	tidemark.CodeOutsideWindow:      {http.StatusBadRequest, "INVALID_PIT_RESTORE_TIME", "Please provide a valid UTC time or an operation time (ts): {message}.", nil},
	tidemark.CodeOplogGap:           {http.StatusBadRequest, "INVALID_PIT_RESTORE_TIME", "Please provide a valid UTC time or an operation time (ts): {message}.", nil},
	tidemark.CodeCannotCancel:       {http.StatusBadRequest, "CANNOT_CANCEL_AUTOMATED_RESTORE", "Automated restore cannot be cancelled.", nil},
	tidemark.CodeCannotUndo:         {http.StatusConflict, "CANNOT_UNDO_RESTORE", "", nil},

	tidemark.CodeNotAcceptable:    {http.StatusNotAcceptable, "INVALID_VERSION_DATE", "Invalid accept header or version date.", nil},
	tidemark.CodeMethodNotAllowed: {http.StatusMethodNotAllowed, "", "", nil},

	codeVersionGone: {http.StatusGone, "VERSION_GONE", "Version {0} of {1} is no longer available.", nil},
	codeRateLimited: {http.StatusTooManyRequests, "RATE_LIMITED_TOKEN_BUCKET",
		"Rate limit exceeded for {0}. Please retry after {1} seconds. Request capacity: {2}. Refill rate: {3} per {4} seconds.", nil},
	// Clients know the errorCode: it makes those that ask for a flex cluster
	// first go on with the path of other clusters.
	codeNotServed: {http.StatusNotImplemented, "FEATURE_UNSUPPORTED", "Tidemark does not serve {0}.", nil},

	tidemark.CodeTargetUnreachable: {http.StatusBadRequest, "TENANT_RESTORE_DESTINATION_UNAVAILABLE", "", nil},
	tidemark.CodeTargetRefused:     {http.StatusBadRequest, "ATLAS_GENERAL_ERROR", "Reason: {message}.", nil},
	tidemark.CodeVersionMismatch:   {http.StatusBadRequest, "TENANT_RESTORE_VERSION_MISMATCH", "", nil},
	tidemark.CodeUnsupported:       {http.StatusConflict, "UNSUPPORTED_FEATURE", "", nil},
	tidemark.CodeNamespaceExists:   {http.StatusConflict, "NAMESPACE_ALREADY_EXISTS", "", nil},
	tidemark.CodeConflict:          {http.StatusConflict, "CONFLICT", "Another request changed the resource at the same time. Try again.", nil},

	tidemark.CodeInvalidSchedule:      {http.StatusBadRequest, "INVALID_SNAPSHOT_SCHEDULE", "", nil},
	tidemark.CodeInvalidPolicy:        {http.StatusBadRequest, "INVALID_BACKUP_POLICY", "", nil},
	tidemark.CodeInvalidPolicyItems:   {http.StatusBadRequest, "INVALID_NUM_OF_POLICY_ITEMS", "", nil},
	tidemark.CodeInvalidRestoreWindow: {http.StatusBadRequest, "INVALID_RESTORE_WINDOW", "", nil},
	tidemark.CodeInvalidRetention:     {http.StatusBadRequest, "BACKUP_SNAPSHOT_RETENTION_VALUE_INVALID", "", nil},
	codeRetentionInProgress:           {http.StatusBadRequest, "CANNOT_MODIFY_IN_PROGRESS_SNAPSHOT_RETENTION", "Cannot modify the retention of snapshot {0} while it is being taken.", nil},
	tidemark.CodeCompliance:           {http.StatusBadRequest, "BACKUP_POLICIES_NOT_MEETING_BACKUP_COMPLIANCE_POLICY_REQUIREMENTS", "", nil},
	tidemark.CodeSnapshotProtected:    {http.StatusForbidden, "CANNOT_MODIFY_SNAPSHOT", "", nil},
	tidemark.CodePolicyNotDeletable:   {http.StatusForbidden, "ACCESS_FORBIDDEN", "", nil},
	tidemark.CodeDownloadRunning:      {http.StatusBadRequest, "CANNOT_DOWNLOAD_SNAPSHOT_CONCURRENTLY", "", nil},
	tidemark.CodeBucketNotFound:       {http.StatusNotFound, "EXPORT_BUCKET_NOT_FOUND", "No export bucket with ID {0} exists.", nil},
	tidemark.CodeBucketInUse:          {http.StatusBadRequest, "EXPORT_BUCKET_IN_USE", "", nil},
	tidemark.CodeDuplicateBucket:      {http.StatusBadRequest, "DUPLICATE_EXPORT_BUCKET", "", nil},
	tidemark.CodeExportNotFound:       {http.StatusNotFound, "EXPORT_JOB_NOT_FOUND", "No export job with ID {0} exists for cluster {1}.", nil},
	codeInvalidExportID:               {http.StatusNotFound, "EXPORT_JOB_NOT_FOUND", "No export job with ID {0} exists.", nil},
	tidemark.CodeExportRunning:        {http.StatusConflict, "EXPORT_JOB_IN_PROGRESS", "", nil},
	tidemark.CodeExportRefused:        {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
	tidemark.CodeExportUnreachable:    {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},

	tidemark.CodeNotEqual:       {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
	tidemark.CodeUnknownEntry:   {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
	tidemark.CodeObjectMissing:  {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
	tidemark.CodeObjectDamaged:  {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
	tidemark.CodeObjectExists:   {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
	tidemark.CodeFormatTooNew:   {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
	tidemark.CodeWrongMasterKey: {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
	tidemark.CodeInvalidData:    {http.StatusInternalServerError, "UNEXPECTED_ERROR", unexpected, nil},
}

const unexpected = "Unexpected error."

// problem is an error body, of both APIs.
type problem struct {
	Detail     string `json:"detail"`
	Error      int    `json:"error"`
	ErrorCode  string `json:"errorCode,omitempty"`
	Hint       string `json:"hint,omitempty"` // extension API only
	Parameters []any  `json:"parameters"`
	Reason     string `json:"reason"`
}

// problemOf looks an error up in the table.
func problemOf(err error) problem {
	o, known := outcomes[tidemark.ErrorCode(err)]
	if !known || o.status == http.StatusInternalServerError {
		o = outcomes[tidemark.CodeInternal]
		return problem{Detail: o.detail, Error: o.status, ErrorCode: o.code, Parameters: []any{}, Reason: http.StatusText(o.status)}
	}
	e := domainError(err)
	params := append(append([]any{}, o.lead...), e.Params...)
	return problem{
		Detail:     o.sentence(e.Message, params),
		Error:      o.status,
		ErrorCode:  o.code,
		Hint:       tidemark.ErrorHint(err),
		Parameters: params,
		Reason:     http.StatusText(o.status),
	}
}

// sentence fills the detail in. One whose parameters are not all there gives
// way to the error's own message.
func (o outcome) sentence(message string, params []any) string {
	detail := o.detail
	if detail == "" || strings.Contains(detail, fmt.Sprintf("{%d}", len(params))) {
		return capitalized(message)
	}
	pairs := []string{"{message}", strings.TrimSuffix(message, ".")}
	for i, p := range params {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), fmt.Sprint(p))
	}
	return strings.NewReplacer(pairs...).Replace(detail)
}

func capitalized(s string) string {
	if s == "" {
		return unexpected
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

// domainError returns the first Error in a chain; there is one, because the
// chain has a code.
func domainError(err error) *tidemark.Error {
	e, _ := errors.AsType[*tidemark.Error](err)
	return e
}

// recode gives an error of one code another, where an operation has a more
// telling one than the table.
func recode(err error, from, to tidemark.Code) error {
	if tidemark.ErrorCode(err) != from {
		return err
	}
	e := *domainError(err)
	e.Code = to
	return &e
}
