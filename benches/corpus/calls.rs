//! The API calls that the corpus is made of, and some that only rules name.

/// An API call as a record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The service, without `.amazonaws.com`.
    pub service: &'static str,
    /// The event name.
    pub name: &'static str,
}

impl Call {
    /// Whether it changes nothing.
    pub fn is_read(self) -> bool {
        let reads = [
            "Get", "List", "Describe", "Head", "Decrypt", "Batch", "Assume", "Lookup", "Query",
            "Scan", "Filter", "Search", "Generate", "Select", "Simulate",
        ];
        reads.iter().any(|read| self.name.starts_with(read))
    }

    /// Whether a trail logs it as a data event.
    pub fn is_data(self) -> bool {
        match self.service {
            "s3" => self.name.ends_with("Object") || self.name.ends_with("Objects"),
            "lambda" => self.name == "Invoke",
            "dynamodb" => self.name.ends_with("Item"),
            _ => false,
        }
    }
}

/// The calls that make most of a trail, the most frequent first.
const FREQUENT: &str = "s3:GetObject kms:Decrypt s3:PutObject sts:AssumeRole s3:HeadObject \
    kms:GenerateDataKey ec2:DescribeInstances s3:ListObjects lambda:Invoke \
    dynamodb:GetItem ec2:DescribeVolumes sts:GetCallerIdentity logs:CreateLogStream \
    ec2:DescribeNetworkInterfaces s3:HeadBucket ssm:GetParameter dynamodb:PutItem \
    ec2:DescribeSecurityGroups elasticloadbalancing:DescribeTargetHealth \
    ec2:DescribeTags logs:DescribeLogStreams ssm:UpdateInstanceInformation \
    secretsmanager:GetSecretValue autoscaling:DescribeAutoScalingGroups s3:DeleteObject \
    monitoring:DescribeAlarms ec2:DescribeSubnets ecr:BatchGetImage \
    ec2:DescribeRouteTables sts:AssumeRoleWithWebIdentity ecs:DescribeTasks \
    s3:GetBucketLocation logs:DescribeLogGroups ec2:DescribeRegions kms:DescribeKey \
    iam:GetRole s3:GetBucketAcl cloudformation:DescribeStacks rds:DescribeDBInstances \
    s3:CopyObject ssm:GetParametersByPath lambda:GetFunction20150331v2 \
    ecr:GetAuthorizationToken kms:ListAliases iam:ListAttachedRolePolicies \
    config:PutEvaluations tagging:GetResources s3:ListBuckets dynamodb:DescribeTable \
    sqs:GetQueueAttributes";

/// The long tail, by service.
const TAIL: &[(&str, &str)] = &[
    (
        "s3",
        "GetBucketPolicy GetBucketTagging GetBucketVersioning GetBucketEncryption \
         GetBucketLogging GetBucketPublicAccessBlock PutBucketPolicy PutBucketTagging CreateBucket \
         DeleteBucket PutBucketLifecycle PutBucketAcl CompleteMultipartUpload DeleteObjects",
    ),
    (
        "ec2",
        "RunInstances TerminateInstances StartInstances StopInstances DescribeImages \
         DescribeSnapshots DescribeVpcs DescribeAddresses DescribeKeyPairs DescribeNatGateways \
         DescribeInstanceStatus DescribeLaunchTemplates DescribeInstanceTypes CreateTags \
         DeleteTags CreateSnapshot DeleteSnapshot ModifySnapshotAttribute \
         AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress AuthorizeSecurityGroupEgress \
         CreateSecurityGroup DeleteSecurityGroup CreateNetworkInterface DeleteNetworkInterface \
         AttachVolume DetachVolume CreateVolume DeleteVolume AssociateAddress DescribeFlowLogs \
         CreateFlowLogs ModifyInstanceAttribute DescribeInstanceAttribute CreateRoute DescribeHosts \
         DescribeVpcEndpoints GetConsoleOutput",
    ),
    (
        "iam",
        "ListRoles ListUsers GetUser ListAccessKeys GetPolicy GetPolicyVersion ListPolicies \
         ListRolePolicies GetRolePolicy GetInstanceProfile ListInstanceProfilesForRole \
         GenerateServiceLastAccessedDetails GetAccountSummary GetAccountPasswordPolicy \
         ListMFADevices CreateRole DeleteRole AttachRolePolicy DetachRolePolicy PutRolePolicy \
         DeleteRolePolicy CreatePolicy CreatePolicyVersion PassRole TagRole UpdateAssumeRolePolicy \
         CreateUser CreateAccessKey UpdateAccessKey ListGroupsForUser SimulatePrincipalPolicy",
    ),
    (
        "kms",
        "Encrypt ReEncrypt GenerateDataKeyWithoutPlaintext CreateGrant RetireGrant ListGrants \
         GetKeyPolicy GetKeyRotationStatus ListKeys ListResourceTags",
    ),
    (
        "sts",
        "AssumeRoleWithSAML GetSessionToken GetFederationToken GetAccessKeyInfo",
    ),
    (
        "lambda",
        "ListFunctions20150331 GetPolicy20150331v2 UpdateFunctionCode20150331v2 \
         UpdateFunctionConfiguration20150331v2 PublishVersion20150331 ListTags20170331 \
         ListVersionsByFunction20150331 GetFunctionConfiguration20150331v2 AddPermission20150331v2",
    ),
    (
        "logs",
        "CreateLogGroup PutRetentionPolicy DescribeMetricFilters DescribeSubscriptionFilters \
         FilterLogEvents GetLogEvents StartQuery GetQueryResults PutSubscriptionFilter \
         ListTagsLogGroup",
    ),
    (
        "dynamodb",
        "UpdateItem DeleteItem BatchGetItem DescribeTimeToLive ListTables \
         DescribeContinuousBackups UpdateTable ListTagsOfResource DescribeStream",
    ),
    (
        "ssm",
        "DescribeInstanceInformation ListAssociations ListInstanceAssociations PutInventory \
         SendCommand GetCommandInvocation PutParameter DescribeParameters StartSession \
         ListCommandInvocations GetDocument OpenDataChannel",
    ),
    (
        "ecs",
        "DescribeServices DescribeTaskDefinition RegisterTaskDefinition UpdateService RunTask \
         ListTasks DescribeClusters ListServices DescribeContainerInstances \
         SubmitTaskStateChange",
    ),
    (
        "ecr",
        "GetDownloadUrlForLayer BatchCheckLayerAvailability PutImage InitiateLayerUpload \
         CompleteLayerUpload DescribeRepositories DescribeImages",
    ),
    (
        "rds",
        "DescribeDBClusters DescribeDBSnapshots ListTagsForResource CreateDBSnapshot \
         DescribeDBClusterSnapshots DescribeEvents ModifyDBInstance DescribeDBParameters",
    ),
    (
        "cloudformation",
        "DescribeStackEvents DescribeStackResources ListStacks GetTemplate CreateChangeSet \
         ExecuteChangeSet DescribeChangeSet UpdateStack ListStackResources",
    ),
    (
        "autoscaling",
        "DescribeScalingActivities DescribeLaunchConfigurations SetDesiredCapacity \
         TerminateInstanceInAutoScalingGroup UpdateAutoScalingGroup CompleteLifecycleAction",
    ),
    (
        "elasticloadbalancing",
        "DescribeLoadBalancers DescribeTargetGroups DescribeListeners RegisterTargets \
         DeregisterTargets DescribeTags DescribeInstanceHealth DescribeRules",
    ),
    (
        "cloudtrail",
        "LookupEvents DescribeTrails GetTrailStatus GetEventSelectors ListTags",
    ),
    (
        "config",
        "DescribeConfigRules DescribeConfigurationRecorders DescribeComplianceByConfigRule \
         SelectResourceConfig DescribeDeliveryChannels",
    ),
    (
        "secretsmanager",
        "DescribeSecret ListSecrets PutSecretValue CreateSecret RotateSecret",
    ),
    (
        "monitoring",
        "PutMetricAlarm ListTagsForResource DeleteAlarms GetDashboard",
    ),
    (
        "codebuild",
        "BatchGetBuilds StartBuild BatchGetProjects ListBuildsForProject UpdateProject",
    ),
    (
        "codepipeline",
        "PollForJobs GetPipelineState PutJobSuccessResult StartPipelineExecution",
    ),
    (
        "sns",
        "ListSubscriptionsByTopic GetTopicAttributes Subscribe ListTopics",
    ),
    (
        "sqs",
        "ListQueues GetQueueUrl SetQueueAttributes CreateQueue",
    ),
    (
        "eks",
        "DescribeCluster ListClusters DescribeNodegroup ListNodegroups",
    ),
    (
        "glue",
        "GetTable GetTables GetPartitions GetDatabase StartJobRun",
    ),
    (
        "athena",
        "StartQueryExecution GetQueryExecution GetQueryResults",
    ),
    (
        "route53",
        "ListHostedZones ListResourceRecordSets ChangeResourceRecordSets",
    ),
    ("guardduty", "ListDetectors GetFindings ListFindings"),
    ("securityhub", "GetFindings BatchImportFindings DescribeHub"),
    (
        "organizations",
        "DescribeOrganization ListAccounts DescribeAccount",
    ),
    (
        "support",
        "DescribeTrustedAdvisorChecks DescribeTrustedAdvisorCheckResult",
    ),
    ("health", "DescribeEvents DescribeEventAggregates"),
    ("acm", "DescribeCertificate ListCertificates"),
    ("backup", "StartBackupJob ListRecoveryPointsByBackupVault"),
    ("access-analyzer", "ListFindings ValidatePolicy"),
];

/// Calls that rules ask for and that never happen.
const UNSEEN: &[(&str, &str)] = &[
    (
        "cloudtrail",
        "UpdateTrail PutEventSelectors PutInsightSelectors RemoveTags StopEventDataStoreIngestion",
    ),
    (
        "guardduty",
        "DeleteDetector UpdateDetector CreateFilter DeleteMembers StopMonitoringMembers",
    ),
    (
        "config",
        "StopConfigurationRecorder DeleteConfigurationRecorder DeleteConfigRule",
    ),
    (
        "iam",
        "DeactivateMFADevice DeleteVirtualMFADevice CreateLoginProfile UpdateLoginProfile \
         DeleteAccountPasswordPolicy CreateSAMLProvider UpdateSAMLProvider PutUserPolicy \
         AttachUserPolicy SetDefaultPolicyVersion CreateOpenIDConnectProvider AddUserToGroup",
    ),
    (
        "ec2",
        "DisableEbsEncryptionByDefault CreateVpcPeeringConnection CreateNetworkAclEntry \
         DeleteFlowLogs GetPasswordData ImportKeyPair ModifyImageAttribute CreateInternetGateway \
         EnableSerialConsoleAccess DeleteNetworkAcl CreateVpnConnection CreateCustomerGateway",
    ),
    (
        "kms",
        "ScheduleKeyDeletion DisableKey DisableKeyRotation PutKeyPolicy DeleteImportedKeyMaterial",
    ),
    (
        "s3",
        "PutBucketPublicAccessBlock DeleteBucketPolicy PutBucketVersioning PutBucketReplication \
         DeleteBucketEncryption PutAccountPublicAccessBlock PutBucketCors PutBucketLogging",
    ),
    (
        "organizations",
        "LeaveOrganization CreateAccount DisablePolicyType RegisterDelegatedAdministrator",
    ),
    (
        "codebuild",
        "CreateProject DeleteProject ImportSourceCredentials UpdateProjectVisibility \
         PutResourcePolicy CreateWebhook",
    ),
    (
        "rds",
        "ModifyDBSnapshotAttribute DeleteDBCluster RestoreDBInstanceFromDBSnapshot DeleteDBInstance",
    ),
    (
        "lambda",
        "CreateFunction20150331 CreateFunctionUrlConfig UpdateFunctionUrlConfig",
    ),
    (
        "sso",
        "CreateAccountAssignment AttachManagedPolicyToPermissionSet",
    ),
    (
        "ssm",
        "ModifyDocumentPermission CreateDocument DeleteParameter",
    ),
    (
        "secretsmanager",
        "DeleteSecret PutResourcePolicy BatchGetSecretValue",
    ),
    ("route53domains", "TransferDomain DisableDomainTransferLock"),
    (
        "wafv2",
        "DeleteWebACL DisassociateWebACL DeleteLoggingConfiguration",
    ),
    ("signin", "PasswordUpdated EmailUpdated SwitchRole"),
    (
        "eks",
        "CreateAccessEntry AssociateAccessPolicy UpdateClusterConfig",
    ),
];

/// How many different calls a trail holds; the rest of the tail is for rules only.
const SEEN: usize = 250;

/// The calls that happen, the most frequent first.
pub fn seen() -> Vec<Call> {
    let mut calls = all();
    calls.truncate(SEEN);
    calls
}

/// The calls that only rules name.
pub fn unseen() -> Vec<Call> {
    let mut calls = all().split_off(SEEN);
    calls.extend(by_service(UNSEEN).concat());
    calls
}

fn all() -> Vec<Call> {
    let frequent = FREQUENT
        .split_whitespace()
        .filter_map(|call| call.split_once(':'))
        .map(|(service, name)| Call { service, name });
    // One name of each service in turn, so that no service sits in one place.
    let tail = by_service(TAIL);
    let rounds = tail.iter().map(Vec::len).max().unwrap_or_default();
    let tail = (0..rounds).flat_map(|round| {
        tail.iter()
            .filter_map(move |calls| calls.get(round).copied())
    });
    frequent.chain(tail).collect()
}

fn by_service(table: &[(&'static str, &'static str)]) -> Vec<Vec<Call>> {
    let calls = |(service, names): &(&'static str, &'static str)| {
        let names = names.split_whitespace();
        names.map(|name| Call { service, name }).collect()
    };
    table.iter().map(calls).collect()
}
