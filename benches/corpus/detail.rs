//! What belongs to the called service: parameters, responses, resources, errors.

use std::fmt::Write as _;

use super::event::{Events, Moment, put};
use super::random::Random;

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Events {
    pub(super) fn parameters(&self, moment: &Moment<'_>, random: &mut Random, out: &mut String) {
        let world = &self.world;
        let (call, account, region) = (moment.call, moment.account, moment.region);
        out.push_str(r#","requestParameters":"#);
        if call.is_read() && random.once_in(40) {
            out.push_str("null");
            return;
        }
        match call.service {
            "s3" => {
                let bucket = moment.bucket;
                put!(
                    out,
                    r#"{{"bucketName":"{bucket}","Host":"{bucket}.s3.{region}.amazonaws.com""#
                );
                if call.is_data() {
                    put!(
                        out,
                        r#","key":"builds/2026/{}/part-{:05}.json""#,
                        random.hex(8),
                        random.below(64)
                    );
                    if !call.is_read() {
                        out.push_str(r#","x-amz-server-side-encryption":"aws:kms","x-amz-acl":"bucket-owner-full-control""#);
                    }
                } else if call.name == "PutBucketPolicy" {
                    put!(
                        out,
                        r#","bucketPolicy":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":["arn:aws:iam::{account}:root"]}},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::{bucket}/*"}}]}},"policy":"""#
                    );
                } else {
                    out.push_str(r#","list-type":"2","max-keys":"1000","prefix":"builds/","encoding-type":"url""#);
                }
                out.push('}');
            }
            "kms" => {
                put!(
                    out,
                    r#"{{"encryptionContext":{{"aws:s3:arn":"arn:aws:s3:::{}","aws:purpose":"{}"}},"encryptionAlgorithm":"SYMMETRIC_DEFAULT","keyId":"arn:aws:kms:{region}:{account}:key/{}"}}"#,
                    moment.bucket,
                    random.pick(&["session", "parameter", "volume"]),
                    random.favour(&world.keys)
                );
            }
            "sts" => {
                let role = random.favour(&world.roles);
                put!(
                    out,
                    r#"{{"roleArn":"arn:aws:iam::{}:role{}{}","roleSessionName":"{}","durationSeconds":{},"tags":[{{"key":"team","value":"platform \"core\""}}]}}"#,
                    role.account,
                    role.path,
                    role.name,
                    random.favour(&role.sessions).name,
                    random.pick(&[900, 3_600, 43_200])
                );
            }
            "ec2" if call.is_read() => {
                out.push_str(r#"{"maxResults":1000,"instancesSet":{"items":["#);
                for place in 0..1 + random.below(3) {
                    let comma = if place == 0 { "" } else { "," };
                    put!(
                        out,
                        r#"{comma}{{"instanceId":"{}"}}"#,
                        random.favour(&world.instances)
                    );
                }
                put!(
                    out,
                    r#"]}},"filterSet":{{"items":[{{"name":"tag:Environment","valueSet":{{"items":[{{"value":"{}"}}]}}}}]}}}}"#,
                    random.pick(&["production", "staging", "development"])
                );
            }
            "ec2" => {
                let port = *random.pick(&[22, 443, 5_432, 8_080]);
                put!(
                    out,
                    r#"{{"groupId":"{}","instanceId":"{}","ipPermissions":{{"items":[{{"ipProtocol":"tcp","fromPort":{port},"toPort":{port},"groups":{{}},"ipRanges":{{"items":[{{"cidrIp":"10.{}.0.0/16","description":"from the \"edge\" \u2014 see runbook\n"}}]}},"ipv6Ranges":{{}},"prefixListIds":{{}}}}]}},"disableApiTermination":{{"value":false}}}}"#,
                    random.favour(&world.groups),
                    random.favour(&world.instances),
                    random.below(200)
                );
            }
            "iam" if !call.is_read() => {
                let role = random.favour(&world.roles);
                let policy = self.policy(moment, random);
                put!(
                    out,
                    r#"{{"roleName":"{}","policyName":"inline-{}","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess","path":"{}","policyDocument":{policy}}}"#,
                    role.name,
                    random.hex(4),
                    role.path
                );
            }
            "iam" => {
                put!(
                    out,
                    r#"{{"roleName":"{}","maxItems":100}}"#,
                    random.favour(&world.roles).name
                );
            }
            "lambda" => {
                put!(
                    out,
                    r#"{{"functionName":"arn:aws:lambda:{region}:{account}:function:{}","qualifier":"{}","invocationType":"RequestResponse"}}"#,
                    random.favour(&world.functions),
                    random.below(40)
                );
            }
            "dynamodb" => {
                put!(
                    out,
                    r#"{{"tableName":"{}","key":{{"pk":"order#{}"}},"consistentRead":false,"returnConsumedCapacity":"NONE"}}"#,
                    random.favour(&world.tables),
                    random.hex(10)
                );
            }
            "logs" => {
                put!(
                    out,
                    r#"{{"logGroupName":"/aws/lambda/{}","logStreamName":"2026/01/{:02}/[$LATEST]{}","limit":50,"descending":true}}"#,
                    random.favour(&world.functions),
                    1 + random.below(28),
                    random.hex(32)
                );
            }
            "ssm" => {
                put!(
                    out,
                    r#"{{"instanceId":"{}","name":"/app/{}/database/url","withDecryption":true,"agentVersion":"3.2.{}.0","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#,
                    random.favour(&world.instances),
                    random.favour(&world.functions),
                    random.below(2_000)
                );
            }
            _ => {
                put!(
                    out,
                    r#"{{"resourceArn":"arn:aws:{}:{region}:{account}:{}","nextToken":"{}","filters":[{{"name":"status","values":["ACTIVE","PENDING"]}}],"maxResults":{},"includeDetails":true,"dryRun":null}}"#,
                    call.service,
                    random.favour(&world.functions),
                    random.text(24, BASE64),
                    random.pick(&[10, 50, 100])
                );
            }
        }
    }

    /// A policy document as the string that it is in a request.
    fn policy(&self, moment: &Moment<'_>, random: &mut Random) -> String {
        let text = format!(
            "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Sid\": \"Access{}\",\n      \
             \"Effect\": \"Allow\",\n      \"Action\": [\"s3:GetObject\", \"kms:Decrypt\"],\n      \
             \"Resource\": [\"arn:aws:s3:::{}/*\", \"arn:aws:kms:{}:{}:key/{}\"]\n    }}\n  ]\n}}",
            random.below(90),
            moment.bucket,
            moment.region,
            moment.account,
            random.favour(&self.world.keys)
        );
        serde_json::Value::from(text).to_string()
    }

    pub(super) fn response(
        &self,
        moment: &Moment<'_>,
        failed: bool,
        random: &mut Random,
        out: &mut String,
    ) {
        let call = moment.call;
        out.push_str(r#","responseElements":"#);
        match call.service {
            "sts" if !failed => {
                put!(
                    out,
                    r#"{{"credentials":{{"accessKeyId":"ASIA{}","sessionToken":"{}","expiration":"Jan 28, 2026, 11:{:02}:{:02} PM"}},"assumedRoleUser":{{"assumedRoleId":"AROA{}:session","arn":"arn:aws:sts::{}:assumed-role/app/session"}}}}"#,
                    random.text(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
                    random.text(320, BASE64),
                    random.below(60),
                    random.below(60),
                    random.text(17, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
                    moment.account
                );
            }
            "s3" if !call.is_read() && !failed => {
                out.push_str(r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-version-id":""#);
                put!(out, r#"{}"}}"#, random.text(32, BASE64));
            }
            "signin" => out.push_str(r#"{"ConsoleLogin":"Success"}"#),
            _ if call.is_read() || failed || call.is_data() => out.push_str("null"),
            _ => {
                put!(
                    out,
                    r#"{{"requestId":"{}","_return":true,"status":{{"code":16,"name":"running"}}}}"#,
                    random.uuid()
                );
            }
        }
    }

    pub(super) fn resources(&self, moment: &Moment<'_>, random: &mut Random, out: &mut String) {
        let (account, region, bucket) = (moment.account, moment.region, moment.bucket);
        match moment.call.service {
            "s3" => {
                put!(
                    out,
                    r#","resources":[{{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::{bucket}/"}},{{"accountId":"{account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::{bucket}"}}]"#
                );
            }
            "kms" => {
                put!(
                    out,
                    r#","resources":[{{"accountId":"{account}","type":"AWS::KMS::Key","ARN":"arn:aws:kms:{region}:{account}:key/{}"}}]"#,
                    random.favour(&self.world.keys)
                );
            }
            "sts" => {
                let role = random.favour(&self.world.roles);
                put!(
                    out,
                    r#","resources":[{{"accountId":"{}","type":"AWS::IAM::Role","ARN":"arn:aws:iam::{}:role{}{}"}}]"#,
                    role.account,
                    role.account,
                    role.path,
                    role.name
                );
            }
            _ => {}
        }
    }
}

/// One call in twenty fails; says whether this one did.
pub(super) fn error(moment: &Moment<'_>, random: &mut Random, out: &mut String) -> bool {
    if !random.once_in(20) {
        return false;
    }
    let call = moment.call;
    let (code, message) = match random.below(4) {
        0 => ("ThrottlingException", "Rate exceeded".to_owned()),
        1 => (
            "ValidationException",
            r"1 validation error detected: Value at 'name' failed: \u003cnull\u003e".to_owned(),
        ),
        _ => (
            if call.service == "ec2" {
                "Client.UnauthorizedOperation"
            } else {
                "AccessDenied"
            },
            format!(
                r#"User is not authorized to perform: {}:{} on resource: \"arn:aws:{}:::{}\" because no identity-based policy allows the {}:{} action"#,
                call.service, call.name, call.service, moment.bucket, call.service, call.name
            ),
        ),
    };
    put!(out, r#","errorCode":"{code}","errorMessage":"{message}""#);
    true
}

pub(super) fn additional(moment: &Moment<'_>, random: &mut Random, out: &mut String) {
    match moment.call.service {
        "s3" => {
            put!(
                out,
                r#","additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":{},"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{}=","bytesTransferredOut":{}.0}}"#,
                random.below(4) * 128,
                random.text(75, BASE64),
                random.below(90_000)
            );
        }
        "signin" => out.push_str(r#","additionalEventData":{"LoginTo":"https:\/\/console.aws.amazon.com\/","MobileVersion":"No","MFAUsed":"Yes"}"#),
        _ => {}
    }
}
