//! The fixed fields of a CloudTrail record.
//!
//! In comes a path of object keys, as a selector writes it; out comes whether
//! CloudTrail has such a field, and if not, which one was probably meant. The
//! table follows the CloudTrail User Guide ("CloudTrail record contents for
//! management, data, and network activity events", "CloudTrail userIdentity
//! element") and what real logs add to it. Below the objects whose shape belongs
//! to each service (`requestParameters` and the like) everything is allowed. A
//! path passes through an array without naming it: `resources.ARN`.

mod suggest;

/// What the catalogue knows of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldCheck {
    /// A fixed field.
    Known,
    /// Below an object whose shape belongs to the service: anything may be there.
    Open,
    /// No record has it.
    Unknown {
        /// Index of the first key that is unknown.
        at: usize,
        /// The dotted path that was probably meant.
        suggestion: Option<String>,
    },
}

/// The kind of value that a fixed field holds when it is there and not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Text. `mfaAuthenticated` and `sessionCredentialFromConsole` are text too: `"true"`.
    String,
    /// `true` or `false`.
    Boolean,
    /// An object.
    Object,
    /// An array.
    Array,
}

/// What stands in a field.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Flag,
    /// An object with these fields and no others.
    Object(&'static [Field]),
    /// An array of such objects.
    Array(&'static [Field]),
    /// An object of the service's own making.
    Open,
    /// Documented nowhere in detail; anything.
    Any,
}

#[derive(Debug, Clone, Copy)]
struct Field {
    name: &'static str,
    shape: Shape,
}

const fn text(name: &'static str) -> Field {
    Field {
        name,
        shape: Shape::Text,
    }
}

const fn flag(name: &'static str) -> Field {
    Field {
        name,
        shape: Shape::Flag,
    }
}

const fn open(name: &'static str) -> Field {
    Field {
        name,
        shape: Shape::Open,
    }
}

const fn object(name: &'static str, fields: &'static [Field]) -> Field {
    Field {
        name,
        shape: Shape::Object(fields),
    }
}

const RECORD: &[Field] = &[
    text("eventVersion"),
    text("eventTime"),
    text("eventSource"),
    text("eventName"),
    text("awsRegion"),
    text("sourceIPAddress"),
    text("userAgent"),
    object("userIdentity", USER_IDENTITY),
    text("errorCode"),
    text("errorMessage"),
    open("requestParameters"),
    open("responseElements"),
    open("additionalEventData"),
    text("requestID"),
    text("eventID"),
    text("eventType"),
    text("eventCategory"),
    text("apiVersion"),
    flag("managementEvent"),
    flag("readOnly"),
    Field {
        name: "resources",
        shape: Shape::Array(RESOURCE),
    },
    text("recipientAccountId"),
    open("serviceEventDetails"),
    text("sharedEventID"),
    text("vpcEndpointId"),
    text("vpcEndpointAccountId"),
    object("addendum", ADDENDUM),
    text("sessionCredentialFromConsole"),
    open("eventContext"),
    open("edgeDeviceDetails"),
    object("tlsDetails", TLS_DETAILS),
    open("insightDetails"),
    Field {
        name: "annotation",
        shape: Shape::Any,
    },
    // Not CloudTrail's own: Logstash adds them.
    text("@timestamp"),
    text("@version"),
];

const USER_IDENTITY: &[Field] = &[
    text("type"),
    text("userName"),
    text("principalId"),
    text("arn"),
    text("accountId"),
    text("accessKeyId"),
    object("sessionContext", SESSION_CONTEXT),
    text("invokedBy"),
    object("invokedByDelegate", &[text("accountId")]),
    text("identityProvider"),
    text("credentialId"),
    object("onBehalfOf", &[text("userId"), text("identityStoreArn")]),
    object("inScopeOf", IN_SCOPE_OF),
];

const SESSION_CONTEXT: &[Field] = &[
    object(
        "sessionIssuer",
        &[
            text("type"),
            text("principalId"),
            text("arn"),
            text("accountId"),
            text("userName"),
        ],
    ),
    object(
        "webIdFederationData",
        &[text("federatedProvider"), open("attributes")],
    ),
    object(
        "attributes",
        &[text("creationDate"), text("mfaAuthenticated")],
    ),
    text("sourceIdentity"),
    text("ec2RoleDelivery"),
    Field {
        name: "assumedRoot",
        shape: Shape::Any,
    },
];

const IN_SCOPE_OF: &[Field] = &[
    text("sourceArn"),
    text("sourceAccount"),
    text("issuerType"),
    text("credentialsIssuedTo"),
    text("credentialsIssuedToVersion"),
];

const RESOURCE: &[Field] = &[
    text("ARN"),
    text("ARNPrefix"),
    text("accountId"),
    text("type"),
];

const ADDENDUM: &[Field] = &[
    text("reason"),
    text("updatedFields"),
    text("originalRequestID"),
    text("originalEventID"),
];

const TLS_DETAILS: &[Field] = &[
    text("tlsVersion"),
    text("cipherSuite"),
    text("keyExchange"),
    text("clientProvidedHostHeader"),
];

/// Whether records have this field. An empty path is the record itself.
pub fn check_path(keys: &[&str]) -> FieldCheck {
    match walk(keys) {
        Walk::Fixed(_) => FieldCheck::Known,
        Walk::Open => FieldCheck::Open,
        Walk::Unknown { at, siblings } => FieldCheck::Unknown {
            at,
            suggestion: suggest::suggest(keys, at, siblings),
        },
    }
}

/// What a fixed field holds; `None` for what is open, unknown or undocumented.
/// Through an array it is the kind of the element's field.
pub fn kind_of(keys: &[&str]) -> Option<FieldKind> {
    match walk(keys) {
        Walk::Fixed(Shape::Text) => Some(FieldKind::String),
        Walk::Fixed(Shape::Flag) => Some(FieldKind::Boolean),
        Walk::Fixed(Shape::Object(_) | Shape::Open) => Some(FieldKind::Object),
        Walk::Fixed(Shape::Array(_)) => Some(FieldKind::Array),
        Walk::Fixed(Shape::Any) | Walk::Open | Walk::Unknown { .. } => None,
    }
}

/// The name below a path that a key is in another spelling of upper and lower case.
pub(crate) fn true_name(above: &[&str], key: &str) -> Option<&'static str> {
    let (Walk::Fixed(Shape::Object(fields)) | Walk::Fixed(Shape::Array(fields))) = walk(above)
    else {
        return None;
    };
    let mut names = fields.iter().map(|field| field.name);
    names.find(|name| name.eq_ignore_ascii_case(key))
}

/// Every path that the catalogue knows, in the order of the table; of those in
/// `open`, anything may follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paths {
    /// Fixed fields, containers included.
    pub fixed: Vec<String>,
    /// Those among them below which anything may stand.
    pub open: Vec<String>,
}

/// All fields, for tools that complete them.
pub fn paths() -> Paths {
    fn gather(fields: &[Field], above: &str, paths: &mut Paths) {
        for field in fields {
            let path = format!("{above}{}", field.name);
            match field.shape {
                Shape::Object(fields) | Shape::Array(fields) => {
                    gather(fields, &format!("{path}."), paths);
                }
                Shape::Open | Shape::Any => paths.open.push(path.clone()),
                Shape::Text | Shape::Flag => {}
            }
            paths.fixed.push(path);
        }
    }
    let mut paths = Paths::default();
    gather(RECORD, "", &mut paths);
    paths
}

/// Where a path leads.
enum Walk {
    Fixed(Shape),
    Open,
    Unknown {
        at: usize,
        siblings: &'static [Field],
    },
}

fn walk(keys: &[&str]) -> Walk {
    let mut here = Shape::Object(RECORD);
    for (at, key) in keys.iter().enumerate() {
        let siblings = match here {
            Shape::Object(fields) | Shape::Array(fields) => fields,
            Shape::Open | Shape::Any => return Walk::Open,
            Shape::Text | Shape::Flag => &[],
        };
        match siblings.iter().find(|field| field.name == *key) {
            Some(field) => here = field.shape,
            None => return Walk::Unknown { at, siblings },
        }
    }
    Walk::Fixed(here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    pub(super) fn keys(path: &str) -> Vec<&str> {
        path.split('.').filter(|key| !key.is_empty()).collect()
    }

    #[rstest]
    #[case("", FieldCheck::Known)]
    #[case("eventName", FieldCheck::Known)]
    #[case(
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        FieldCheck::Known
    )]
    #[case("userIdentity.invokedByDelegate.accountId", FieldCheck::Known)]
    #[case("resources.ARN", FieldCheck::Known)]
    #[case("requestParameters", FieldCheck::Known)]
    #[case("requestParameters.ipPermissions.items.anything", FieldCheck::Open)]
    #[case(
        "userIdentity.sessionContext.webIdFederationData.attributes.sub",
        FieldCheck::Open
    )]
    #[case("eventContext.tagContext.resourceTags.arn", FieldCheck::Open)]
    fn fields_that_records_have(#[case] path: &str, #[case] expected: FieldCheck) {
        assert_eq!(check_path(&keys(path)), expected);
    }

    #[rstest]
    #[case("eventName", Some(FieldKind::String))]
    #[case("sessionCredentialFromConsole", Some(FieldKind::String))]
    #[case("readOnly", Some(FieldKind::Boolean))]
    #[case("userIdentity", Some(FieldKind::Object))]
    #[case("requestParameters", Some(FieldKind::Object))]
    #[case("resources", Some(FieldKind::Array))]
    #[case("resources.type", Some(FieldKind::String))]
    #[case("requestParameters.name", None)]
    #[case("zebra", None)]
    fn the_kind_of_a_fixed_field_is_known(#[case] path: &str, #[case] kind: Option<FieldKind>) {
        assert_eq!(kind_of(&keys(path)), kind);
    }
}
