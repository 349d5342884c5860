package tidemark

// EventType is eventTypeName of the API.
type EventType string

// The types that are written here, all of them names of the OpenAPI document
// of the Atlas Admin API (EventTypeForNdsGroup and EventTypeForOrg).
const (
	EventServerlessCreated         EventType = "SERVERLESS_INSTANCE_CREATED"
	EventServerlessReady           EventType = "SERVERLESS_INSTANCE_READY"
	EventServerlessUpdateSubmitted EventType = "SERVERLESS_INSTANCE_UPDATE_SUBMITTED"
	EventServerlessUpdateCompleted EventType = "SERVERLESS_INSTANCE_UPDATE_COMPLETED"
	EventServerlessDeleteSubmitted EventType = "SERVERLESS_INSTANCE_DELETE_SUBMITTED"
	EventServerlessDeleted         EventType = "SERVERLESS_INSTANCE_DELETED"

	EventClusterCreated           EventType = "CLUSTER_CREATED"
	EventClusterReady             EventType = "CLUSTER_READY"
	EventClusterUpdateSubmitted   EventType = "CLUSTER_UPDATE_SUBMITTED"
	EventClusterUpdateCompleted   EventType = "CLUSTER_UPDATE_COMPLETED"
	EventClusterDeleteSubmitted   EventType = "CLUSTER_DELETE_SUBMITTED"
	EventClusterDeleted           EventType = "CLUSTER_DELETED"
	EventClusterProcessArgsUpdate EventType = "CLUSTER_PROCESS_ARGS_UPDATE_SUBMITTED"
	EventFlexUpgradeStarted       EventType = "FLEX_UPGRADE_STARTED"
	EventTagsModified             EventType = "TAGS_MODIFIED"
	EventAutoIndexingEnabled      EventType = "AUTO_INDEXING_ENABLED"
	EventAutoIndexingDisabled     EventType = "AUTO_INDEXING_DISABLED"

	EventTenantSnapshotStarted   EventType = "TENANT_SNAPSHOT_STARTED_AUDIT"
	EventTenantSnapshotCompleted EventType = "TENANT_SNAPSHOT_COMPLETED_AUDIT"
	EventTenantSnapshotFailed    EventType = "TENANT_SNAPSHOT_FAILED"
	EventTenantSnapshotDeleted   EventType = "TENANT_SNAPSHOT_DELETED_AUDIT"
	EventTenantDownloadRequested EventType = "TENANT_SNAPSHOT_DOWNLOAD_REQUESTED_AUDIT"
	EventTenantRestoreRequested  EventType = "TENANT_RESTORE_REQUESTED_AUDIT"
	EventTenantRestoreCompleted  EventType = "TENANT_RESTORE_COMPLETED_AUDIT"
	EventTenantRestoreFailed     EventType = "TENANT_RESTORE_FAILED"

	EventCPSSnapshotRequested         EventType = "CPS_ON_DEMAND_SNAPSHOT_REQUESTED"
	EventCPSSnapshotStarted           EventType = "CPS_SNAPSHOT_STARTED"
	EventCPSSnapshotSuccessful        EventType = "CPS_SNAPSHOT_SUCCESSFUL"
	EventCPSSnapshotFailed            EventType = "CPS_SNAPSHOT_FAILED"
	EventCPSSnapshotDeleted           EventType = "CPS_SNAPSHOT_DELETED_AUDIT"
	EventCPSRetentionModified         EventType = "CPS_SNAPSHOT_RETENTION_MODIFIED_AUDIT"
	EventCPSScheduleUpdated           EventType = "CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT"
	EventCPSRestoreRequested          EventType = "CPS_RESTORE_REQUESTED_AUDIT"
	EventCPSRestoreSuccessful         EventType = "CPS_RESTORE_SUCCESSFUL"
	EventCPSRestoreFailed             EventType = "CPS_RESTORE_FAILED"
	EventDownloadFailed               EventType = "CPS_SNAPSHOT_DOWNLOAD_REQUEST_FAILED"
	EventCPSExportSuccessful          EventType = "CPS_EXPORT_SUCCESSFUL"
	EventCPSExportFailed              EventType = "CPS_EXPORT_FAILED"
	EventBucketCreated                EventType = "BUCKET_CREATED_AUDIT"
	EventBucketDeleted                EventType = "BUCKET_DELETED_AUDIT"
	EventDataProtectionEnabled        EventType = "CPS_DATA_PROTECTION_ENABLED"
	EventDataProtectionUpdated        EventType = "CPS_DATA_PROTECTION_UPDATED"
	EventDataProtectionDisabled       EventType = "CPS_DATA_PROTECTION_DISABLED"
	EventDataProtectionDisableRequest EventType = "CPS_DATA_PROTECTION_DISABLE_REQUESTED"

	EventNetworkEntryAdded   EventType = "NETWORK_PERMISSION_ENTRY_ADDED"
	EventNetworkEntryRemoved EventType = "NETWORK_PERMISSION_ENTRY_REMOVED"
	EventNetworkEntryUpdated EventType = "NETWORK_PERMISSION_ENTRY_UPDATED"

	EventAPIKeyCreated            EventType = "API_KEY_CREATED"
	EventAPIKeyDeleted            EventType = "API_KEY_DELETED"
	EventAPIKeyAccessEntryAdded   EventType = "API_KEY_ACCESS_LIST_ENTRY_ADDED"
	EventAPIKeyAccessEntryDeleted EventType = "API_KEY_ACCESS_LIST_ENTRY_DELETED"
	EventAPIKeyRolesChanged       EventType = "API_KEY_ROLES_CHANGED"
	EventAPIKeyDescriptionChanged EventType = "API_KEY_DESCRIPTION_CHANGED"
	EventAPIKeyAddedToProject     EventType = "API_KEY_ADDED_TO_GROUP"
	EventAPIKeyRemovedFromProject EventType = "API_KEY_REMOVED_FROM_GROUP"

	EventServiceAccountCreated            EventType = "SERVICE_ACCOUNT_CREATED"
	EventServiceAccountDeleted            EventType = "SERVICE_ACCOUNT_DELETED"
	EventServiceAccountRolesChanged       EventType = "SERVICE_ACCOUNT_ROLES_CHANGED"
	EventServiceAccountDetailsChanged     EventType = "SERVICE_ACCOUNT_DETAILS_CHANGED"
	EventServiceAccountAddedToProject     EventType = "SERVICE_ACCOUNT_ADDED_TO_GROUP"
	EventServiceAccountRemovedFromProject EventType = "SERVICE_ACCOUNT_REMOVED_FROM_GROUP"
	EventServiceAccountAccessEntryAdded   EventType = "SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_ADDED"
	EventServiceAccountAccessEntryDeleted EventType = "SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_DELETED"
	EventServiceAccountSecretAdded        EventType = "SERVICE_ACCOUNT_SECRET_ADDED"
	EventServiceAccountSecretDeleted      EventType = "SERVICE_ACCOUNT_SECRET_DELETED"

	EventProjectCreated         EventType = "GROUP_CREATED"
	EventProjectDeleted         EventType = "GROUP_DELETED"
	EventProjectNameChanged     EventType = "GROUP_NAME_CHANGED"
	EventProjectTagsModified    EventType = "GROUP_TAGS_MODIFIED"
	EventProjectLimitUpdated    EventType = "PROJECT_LIMIT_UPDATED"
	EventProjectExtendedStorage EventType = "PROJECT_ENABLE_EXTENDED_STORAGE_SIZES_UPDATED"
	EventDataExplorerEnabled    EventType = "DATA_EXPLORER_ENABLED"
	EventDataExplorerDisabled   EventType = "DATA_EXPLORER_DISABLED"

	EventOrgCreated               EventType = "ORG_CREATED"
	EventOrgRenamed               EventType = "ORG_RENAMED"
	EventOrgSettingsUpdated       EventType = "ORG_SETTINGS_UPDATED"
	EventOrgSettingsDeleted       EventType = "ORG_SETTINGS_DELETED"
	EventOrgAccessListRequired    EventType = "ORG_PUBLIC_API_ACCESS_LIST_REQUIRED"
	EventOrgAccessListNotRequired EventType = "ORG_PUBLIC_API_ACCESS_LIST_NOT_REQUIRED"
	EventOrgMFARequired           EventType = "ORG_TWO_FACTOR_AUTH_REQUIRED"
	EventOrgMFAOptional           EventType = "ORG_TWO_FACTOR_AUTH_OPTIONAL"
	EventOrgEmployeesRestricted   EventType = "ORG_EMPLOYEE_ACCESS_RESTRICTED"
	EventOrgEmployeesUnrestricted EventType = "ORG_EMPLOYEE_ACCESS_UNRESTRICTED"
	EventOrgSecurityContact       EventType = "SECURITY_CONTACT_MODIFIED"
	EventOrgSecretValidityEdited  EventType = "ORG_SERVICE_ACCOUNT_MAX_SECRET_VALIDITY_EDITED"
)

// EventTypes lists all types that are written here, by name.
var EventTypes = []EventType{
	EventAPIKeyAccessEntryAdded, EventAPIKeyAccessEntryDeleted, EventAPIKeyAddedToProject, EventAPIKeyCreated,
	EventAPIKeyDeleted, EventAPIKeyDescriptionChanged, EventAPIKeyRemovedFromProject, EventAPIKeyRolesChanged,
	EventAutoIndexingDisabled, EventAutoIndexingEnabled, EventBucketCreated, EventBucketDeleted, EventClusterCreated,
	EventClusterDeleted, EventClusterDeleteSubmitted, EventClusterProcessArgsUpdate, EventClusterReady,
	EventClusterUpdateCompleted, EventClusterUpdateSubmitted, EventDataProtectionDisabled,
	EventDataProtectionDisableRequest, EventDataProtectionEnabled, EventDataProtectionUpdated, EventCPSExportFailed,
	EventCPSExportSuccessful, EventCPSSnapshotRequested, EventCPSRestoreFailed, EventCPSRestoreRequested,
	EventCPSRestoreSuccessful, EventCPSSnapshotDeleted, EventDownloadFailed, EventCPSSnapshotFailed,
	EventCPSRetentionModified, EventCPSScheduleUpdated, EventCPSSnapshotStarted, EventCPSSnapshotSuccessful,
	EventDataExplorerDisabled, EventDataExplorerEnabled, EventFlexUpgradeStarted, EventProjectCreated,
	EventProjectDeleted, EventProjectNameChanged, EventProjectTagsModified, EventNetworkEntryAdded,
	EventNetworkEntryRemoved, EventNetworkEntryUpdated, EventOrgCreated, EventOrgEmployeesRestricted,
	EventOrgEmployeesUnrestricted, EventOrgAccessListNotRequired, EventOrgAccessListRequired, EventOrgRenamed,
	EventOrgSecretValidityEdited, EventOrgSettingsDeleted, EventOrgSettingsUpdated, EventOrgMFAOptional,
	EventOrgMFARequired, EventProjectExtendedStorage, EventProjectLimitUpdated, EventOrgSecurityContact,
	EventServerlessCreated, EventServerlessDeleted, EventServerlessDeleteSubmitted, EventServerlessReady,
	EventServerlessUpdateCompleted, EventServerlessUpdateSubmitted, EventServiceAccountAccessEntryAdded,
	EventServiceAccountAccessEntryDeleted, EventServiceAccountAddedToProject, EventServiceAccountCreated,
	EventServiceAccountDeleted, EventServiceAccountDetailsChanged, EventServiceAccountRemovedFromProject,
	EventServiceAccountRolesChanged, EventServiceAccountSecretAdded, EventServiceAccountSecretDeleted,
	EventTagsModified, EventTenantRestoreCompleted, EventTenantRestoreFailed, EventTenantRestoreRequested,
	EventTenantSnapshotCompleted, EventTenantSnapshotDeleted, EventTenantDownloadRequested, EventTenantSnapshotFailed,
	EventTenantSnapshotStarted,
}

// InstanceEvents are the types for one kind of instance.
type InstanceEvents struct {
	Created, Ready, UpdateSubmitted, UpdateCompleted, DeleteSubmitted, Deleted EventType

	SnapshotStarted, SnapshotCompleted, SnapshotFailed, SnapshotDeleted EventType

	DownloadRequested, RestoreRequested, RestoreCompleted, RestoreFailed EventType
}

// EventsOf returns the types for instances of a kind. Atlas tells of flex
// clusters as of clusters, and of their backups as of other shared ones.
func EventsOf(kind InstanceKind) InstanceEvents {
	e := InstanceEvents{
		Created: EventClusterCreated, Ready: EventClusterReady,
		UpdateSubmitted: EventClusterUpdateSubmitted, UpdateCompleted: EventClusterUpdateCompleted,
		DeleteSubmitted: EventClusterDeleteSubmitted, Deleted: EventClusterDeleted,
		SnapshotStarted: EventTenantSnapshotStarted, SnapshotCompleted: EventTenantSnapshotCompleted,
		SnapshotFailed: EventTenantSnapshotFailed, SnapshotDeleted: EventTenantSnapshotDeleted,
		DownloadRequested: EventTenantDownloadRequested, RestoreRequested: EventTenantRestoreRequested,
		RestoreCompleted: EventTenantRestoreCompleted, RestoreFailed: EventTenantRestoreFailed,
	}
	switch kind {
	case KindServerless:
		e.Created, e.Ready = EventServerlessCreated, EventServerlessReady
		e.UpdateSubmitted, e.UpdateCompleted = EventServerlessUpdateSubmitted, EventServerlessUpdateCompleted
		e.DeleteSubmitted, e.Deleted = EventServerlessDeleteSubmitted, EventServerlessDeleted
	case KindDedicated:
		e.SnapshotStarted, e.SnapshotCompleted = EventCPSSnapshotStarted, EventCPSSnapshotSuccessful
		e.SnapshotFailed, e.SnapshotDeleted = EventCPSSnapshotFailed, EventCPSSnapshotDeleted
		e.DownloadRequested, e.RestoreRequested = EventCPSRestoreRequested, EventCPSRestoreRequested
		e.RestoreCompleted, e.RestoreFailed = EventCPSRestoreSuccessful, EventCPSRestoreFailed
	}
	return e
}

// ofOrganization are the types of EventTypeForOrg that are written here.
var ofOrganization = map[EventType]bool{
	EventAPIKeyCreated: true, EventAPIKeyDeleted: true, EventAPIKeyAccessEntryAdded: true,
	EventAPIKeyAccessEntryDeleted: true, EventAPIKeyRolesChanged: true, EventAPIKeyDescriptionChanged: true,
	EventAPIKeyAddedToProject: true, EventAPIKeyRemovedFromProject: true,

	EventServiceAccountCreated: true, EventServiceAccountDeleted: true, EventServiceAccountRolesChanged: true,
	EventServiceAccountDetailsChanged: true, EventServiceAccountAddedToProject: true,
	EventServiceAccountRemovedFromProject: true, EventServiceAccountAccessEntryAdded: true,
	EventServiceAccountAccessEntryDeleted: true, EventServiceAccountSecretAdded: true,
	EventServiceAccountSecretDeleted: true,

	EventProjectCreated: true, EventProjectDeleted: true, EventProjectTagsModified: true,

	EventOrgCreated: true, EventOrgRenamed: true, EventOrgSettingsUpdated: true, EventOrgSettingsDeleted: true,
	EventOrgAccessListRequired: true, EventOrgAccessListNotRequired: true, EventOrgMFARequired: true,
	EventOrgEmployeesRestricted: true, EventOrgEmployeesUnrestricted: true, EventOrgMFAOptional: true,
	EventOrgSecurityContact: true, EventOrgSecretValidityEdited: true,
}

// OfOrganization says whether an organization lists events of the type besides
// the project in which they happened.
func (t EventType) OfOrganization() bool { return ofOrganization[t] }
