//! The codes. A code is never reused and never changes its meaning; each has a
//! section in `docs/diagnostics.md` (a test holds the two together).

use std::fmt;

use super::Level;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $level:ident;)+) => {
        /// A kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The code as it is shown, such as `TG1001`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)+ }
            }

            /// How much a problem of this kind matters, unless said otherwise.
            pub fn level(self) -> Level {
                match self { $(Code::$name => Level::$level,)+ }
            }

            /// The kind of problem in one line.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    // TG10xx: a rules file as text and as YAML.
    /// The file is not valid YAML.
    YamlSyntax = "TG1001", Error;
    /// A value that YAML reads in another way than it was meant.
    YamlTrap = "TG1002", Error;
    /// A key stands twice in one mapping.
    YamlDuplicateKey = "TG1003", Error;
    /// A YAML feature that rules do not use: complex keys, recursive aliases.
    YamlUnsupported = "TG1004", Error;
    /// The file is nested too deep or its aliases expand too far.
    YamlTooLarge = "TG1005", Error;
    /// The rules file cannot be read.
    RulesUnreadable = "TG1006", Error;
    /// The path holds no rules.
    NoRules = "TG1007", Error;

    // TG11xx: the structure of a rule.
    /// A key that the rule language does not have.
    UnknownKey = "TG1101", Error;
    /// A key that every rule needs is not there.
    MissingKey = "TG1102", Error;
    /// A value of the wrong kind: a list where text is needed, say.
    WrongType = "TG1103", Error;
    /// A value that is not one of those allowed.
    UnknownValue = "TG1104", Error;
    /// Two rules have the same id.
    DuplicateId = "TG1105", Error;
    /// The id is not of the form rules use.
    BadId = "TG1106", Error;
    /// An empty mapping, list or text where something must stand.
    Empty = "TG1107", Error;
    /// A null where a value must stand.
    NullValue = "TG1108", Error;
    /// The file is written for another version of the language.
    LanguageVersion = "TG1109", Error;
    // TG1110 is not used any more: it said that there was no correlation.
    /// A date or time that cannot be read.
    BadDate = "TG1111", Error;
    /// An exception without an owner or a reason, or whose dates are the wrong way round.
    BadException = "TG1112", Error;
    /// A message template that cannot be read.
    BadTemplate = "TG1113", Error;
    /// An ATT&CK technique id of the wrong form.
    BadAttackId = "TG1114", Error;
    /// A rule with too many clauses.
    TooManyClauses = "TG1115", Error;
    /// A correlation that says too little, or two things at once.
    BadCorrelation = "TG1116", Error;
    /// A step that is not under `steps`.
    UnknownStep = "TG1117", Error;
    /// Rules that are made of each other's findings.
    CircularCorrelation = "TG1118", Error;

    // TG12xx: selectors.
    /// A selector that cannot be read.
    BadSelector = "TG1201", Error;
    /// A field that CloudTrail records do not have.
    UnknownField = "TG1202", Error;
    /// A JSONPath that cannot be read.
    BadJsonPath = "TG1203", Error;
    /// `this`, `key`, `value` or an operator where it has no meaning.
    MisplacedSelector = "TG1204", Error;

    // TG13xx: operators and their values.
    /// An operator that the language does not have.
    UnknownOperator = "TG1301", Error;
    /// A regular expression that cannot be compiled.
    BadRegex = "TG1302", Error;
    /// An address or a network that cannot be read, or has host bits set.
    BadCidr = "TG1303", Error;
    /// A bound that is neither a number nor an RFC 3339 time.
    BadBound = "TG1304", Error;
    /// A schedule that cannot be read.
    BadSchedule = "TG1305", Error;
    /// Something that can never hold.
    NeverMatches = "TG1306", Error;
    // TG1307 is not used: for durations there is TG3105.
    /// A glob that says less than it seems.
    BadGlob = "TG1308", Error;

    // TG14xx: macros and lists.
    /// A macro that is not defined.
    UnknownMacro = "TG1401", Error;
    /// A macro that uses itself.
    RecursiveMacro = "TG1402", Error;
    /// A macro or list that is defined twice.
    DuplicateDefinition = "TG1403", Error;
    /// A list that is not defined.
    UnknownList = "TG1404", Error;
    /// A list that a rule needs and nobody set.
    UnsetList = "TG1405", Error;
    /// A list without an entry.
    EmptyList = "TG1406", Error;
    /// A list's file that cannot be read.
    ListUnreadable = "TG1407", Error;

    // TG15xx: a rule's own tests.
    /// A test that cannot be read.
    BadTest = "TG1501", Error;
    /// A test's event file that cannot be read.
    TestEventUnreadable = "TG1502", Error;
    /// A change to a rule that none of its tests notices.
    UnnoticedChange = "TG1503", Error;

    // TG16xx: Sigma rules.
    /// A modifier that Sigma does not have.
    SigmaUnknownModifier = "TG1601", Error;
    /// Modifiers that do not fit each other, or a value that does not fit them.
    SigmaMisfit = "TG1602", Error;
    /// A condition of Sigma that cannot be read.
    SigmaBadCondition = "TG1603", Error;
    /// A condition that names a selection which is not there.
    SigmaUnknownSelection = "TG1604", Error;
    /// A selection that the condition does not use.
    SigmaUnusedSelection = "TG1605", Warning;
    /// A key that looks like a misspelt one of Sigma.
    SigmaMisspeltKey = "TG1606", Warning;
    /// Something that Sigma does not have any more.
    SigmaDeprecated = "TG1607", Warning;
    /// A correlation of Sigma that this version cannot run.
    SigmaCorrelation = "TG1608", Error;
    /// A filter of Sigma that narrows nothing.
    SigmaUnusedFilter = "TG1609", Warning;
    /// Rules none of which is about CloudTrail.
    NothingApplies = "TG1610", Error;
    /// A Sigma rule that native YAML has no words for.
    SigmaNotConverted = "TG1620", Error;

    // TG18xx: what a careful reader would ask about.
    /// A rule without tests that show both sides.
    NoTests = "TG1801", Warning;
    /// A clause that is always true.
    AlwaysMatches = "TG1802", Warning;
    /// A negated `cidr` that also holds for what is no address.
    NegatedCidr = "TG1803", Warning;
    /// A `not` on a path that no record has.
    NegatedAbsentPath = "TG1804", Warning;
    /// An exception that has expired.
    ExpiredException = "TG1805", Warning;
    /// A rule without a description or remediation.
    MissingText = "TG1806", Warning;
    /// A macro or list that no rule uses.
    UnusedDefinition = "TG1807", Warning;
    /// An event name without its event source.
    NoEventSource = "TG1808", Notice;
    /// A clause that says the same as another.
    RedundantClause = "TG1809", Warning;
    /// A value that its field is not known to have.
    UnlikelyValue = "TG1810", Warning;
    /// A call that no service is known to have.
    UnknownCall = "TG1811", Warning;
    /// A request parameter that the call is not known to have.
    UnknownParameter = "TG1812", Warning;
    /// A control that its framework is not known to have.
    UnknownControl = "TG1813", Warning;
    /// A technique that ATT&CK is not known to have.
    UnknownTechnique = "TG1814", Warning;
    /// A correlation that one event meets.
    OneIsEnough = "TG1815", Warning;
    /// A correlation whose events need have nothing in common.
    NoKey = "TG1816", Notice;

    // TG20xx: input.
    /// The input cannot be opened or read.
    InputUnreadable = "TG2001", Error;
    /// The compressed data ends early or is damaged.
    BadCompression = "TG2002", Error;
    /// A record that is not valid JSON, or no object.
    BadRecord = "TG2003", Error;
    /// A record larger than the limit.
    RecordTooLarge = "TG2004", Error;
    /// Nothing was found at the path.
    NoInput = "TG2005", Error;
    /// Not one event was read.
    NoEvents = "TG2006", Error;
    /// JSON that is not CloudTrail.
    NotCloudTrail = "TG2007", Warning;
    /// One event id with two contents.
    ConflictingEventId = "TG2008", Warning;
    /// A record of a major version that trailgate does not know.
    UnknownRecordVersion = "TG2009", Error;
    /// An archive that is damaged, holds what is not read, or passes a limit.
    BadArchive = "TG2010", Error;
    /// An account, a region or a trail that was expected and sent no event.
    SilentSource = "TG2011", Error;
    /// An input with nothing in it.
    EmptyInput = "TG2012", Error;
    /// What a record wraps cannot be read.
    BadWrapping = "TG2020", Error;
    /// A record in another shape than the one that was asked for.
    OtherShape = "TG2021", Error;
    /// A row of a table that does not fit its header.
    BadRow = "TG2022", Error;
    /// A table that cannot be read on.
    BadTable = "TG2023", Error;

    // TG21xx: the integrity of what was delivered.
    /// A copy of a bucket without a single digest.
    NoDigests = "TG2101", Error;
    /// A digest that cannot be read as one.
    DigestDamaged = "TG2102", Error;
    /// A digest that is not the one that was signed.
    DigestAltered = "TG2103", Error;
    /// A signature that does not fit.
    BadSignature = "TG2104", Error;
    /// A digest that others follow and that is not there.
    DigestMissing = "TG2105", Error;
    /// A time that no digest covers.
    ChainGap = "TG2106", Error;
    /// A chain of digests that begins anew.
    ChainRestarted = "TG2107", Error;
    /// A digest that is not part of its chain.
    DigestUnlinked = "TG2108", Error;
    /// A file that is not where it was written.
    FileMoved = "TG2109", Error;
    /// A file that is not what was delivered.
    FileAltered = "TG2110", Error;
    /// A file that was delivered and is not there.
    FileMissing = "TG2111", Error;
    /// A file that nothing lists.
    FileUnlisted = "TG2112", Error;
    /// A public key that is not among those given.
    KeyMissing = "TG2113", Error;
    /// Something that cannot be verified as it is written.
    NotVerifiable = "TG2114", Error;
    /// A file of public keys or metadata that cannot be read.
    EvidenceUnreadable = "TG2115", Error;
    /// A digest that was signed with a key that was not valid then.
    KeyOutOfTime = "TG2116", Error;
    /// A file that was not read because nothing vouches for it.
    FileRefused = "TG2117", Error;
    /// Public keys that could not be fetched.
    KeysNotFetched = "TG2118", Warning;

    // TG22xx: objects in S3.
    /// A permission on a bucket or an object that the credentials do not have.
    S3Denied = "TG2201", Error;
    /// A bucket that is not there.
    S3NoBucket = "TG2202", Error;
    /// A bucket in another region than it was asked for in.
    S3WrongRegion = "TG2203", Error;
    /// No credentials for AWS.
    S3NoCredentials = "TG2204", Error;
    /// Credentials that have expired or that nobody knows.
    S3BadCredentials = "TG2205", Error;
    /// A key that the credentials may not decrypt with.
    S3KeyDenied = "TG2206", Error;
    /// An object in an archive, which has to be restored first.
    S3Archived = "TG2207", Error;
    /// An endpoint that does not answer.
    S3Unreachable = "TG2208", Error;
    /// S3 is too busy, or fails, to the end of the attempts.
    S3Busy = "TG2209", Error;
    /// The body of an object breaks off to the end of the attempts.
    S3Interrupted = "TG2210", Error;
    /// An object that was changed or removed while it was read.
    S3Changed = "TG2211", Error;
    /// Something else that S3 answers.
    S3Refused = "TG2212", Error;
    /// A profile that is asked for and not there.
    S3NoProfile = "TG2213", Error;

    // TG23xx: following what is written.
    /// A followed file that is read from its beginning again.
    FollowedAnew = "TG2301", Warning;
    /// A followed file that was removed too early.
    FollowedLost = "TG2302", Error;
    /// Events that come too late to be correlated.
    LateEvents = "TG2303", Warning;
    /// Events that are not correlated, as there is no room for them.
    NoRoomForEvents = "TG2304", Error;

    // TG24xx: the state file.
    /// A state file that cannot be opened or read.
    StateUnreadable = "TG2401", Error;
    /// A file that is no state file of trailgate.
    StateForeign = "TG2402", Error;
    /// A state file of a newer trailgate.
    StateNewer = "TG2403", Error;
    /// A state file that cannot be written.
    StateUnwritable = "TG2404", Error;
    /// A state file that is damaged.
    StateDamaged = "TG2405", Error;
    /// Inputs that are read again, because the rules or lists changed.
    ReadAgain = "TG2406", Notice;
    /// Open events of correlations that are dropped, because their rules changed.
    OpenEventsDropped = "TG2407", Notice;

    // TG25xx: waivers.
    /// The waivers file cannot be read.
    WaiversUnreadable = "TG2501", Error;
    /// A waiver that does not say what it covers, why or by whom.
    BadWaiver = "TG2502", Error;
    /// A waiver that lasts longer than is allowed.
    WaiverTooLong = "TG2503", Error;
    /// A waiver that covers no finding of the run.
    UnusedWaiver = "TG2504", Warning;
    /// A waiver that ends soon.
    WaiverExpires = "TG2505", Notice;

    // TG26xx: the baseline.
    /// A baseline that cannot be read.
    BadBaseline = "TG2601", Error;
    /// A baseline of a run that did not read and evaluate everything.
    PartialBaseline = "TG2602", Error;

    // TG27xx: what only several events together show.
    /// Signals that cannot be kept until they are correlated.
    SignalsUnwritable = "TG2701", Error;

    // TG30xx: the command line.
    /// Options or arguments that do not fit.
    Usage = "TG3001", Error;
    /// An output that cannot be written.
    OutputUnwritable = "TG3002", Error;
    /// A rule that is not loaded.
    UnknownRule = "TG3003", Error;
    /// An event that was not found.
    UnknownEvent = "TG3004", Error;

    // TG31xx: the configuration.
    /// A configuration that cannot be read.
    ConfigUnreadable = "TG3101", Error;
    /// An override without a reason, or one that changes nothing.
    BadOverride = "TG3102", Error;
    /// An account that is told neither by 12 digits nor by a known name.
    BadAccount = "TG3103", Error;
    /// An environment that no account belongs to.
    UnknownEnvironment = "TG3104", Error;
    /// A length of time that cannot be read.
    BadDuration = "TG3105", Error;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_code_is_used_twice() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} is used twice");
        }
    }
}
