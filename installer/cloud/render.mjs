#!/usr/bin/env node
// Makes of policies/*.json what AWS takes: a CloudFormation template, or plain policies for one bucket.
//
//   installer/cloud/render.mjs template              writes lake.template.json beside this file
//   installer/cloud/render.mjs template --check      fails when it is not what the policies make
//   installer/cloud/render.mjs plain --bucket NAME --region R --account N --key ARN [--prefix P/] [--partition aws]
//                                    [--principal userid|cognito] --out FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = dirname(fileURLToPath(import.meta.url));
export const ROLES = ['editor', 'qc', 'producer', 'worker'];
const PINS = { userid: '${aws:userid}', cognito: '${cognito-identity.amazonaws.com:sub}' };

const source = (name) => JSON.parse(readFileSync(join(HERE, 'policies', `${name}.json`), 'utf8'));

/** Puts `text` through `change` wherever a string stands as a value. */
function everyString(value, change) {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => everyString(each, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, everyString(each, change)]));
}

/** A policy with every variable filled in. */
export function plain(name, values) {
  return everyString(source(name), (text) =>
    text.replace(/<([a-z-]+)>/g, (whole, variable) => {
      if (!(variable in values)) throw new Error(`${name}.json uses ${whole}, which nobody fills in`);
      return values[variable];
    }),
  );
}

/** A policy whose variables CloudFormation fills in when it makes the stack. */
function stacked(name) {
  const stands = {
    'bucket-arn': '${Lake.Arn}',
    'key-arn': '${Key.Arn}',
    prefix: '${Prefix}',
    region: '${AWS::Region}',
    account: '${AWS::AccountId}',
    partition: '${AWS::Partition}',
    principal: '${Principal}',
  };
  const principal = { Principal: { 'Fn::If': ['NamedByCognito', PINS.cognito, PINS.userid] } };
  return everyString(source(name), (text) => {
    if (!/<[a-z-]+>/.test(text)) return text;
    const filled = text.replace(/<([a-z-]+)>/g, (_, variable) => stands[variable]);
    return { 'Fn::Sub': text.includes('<principal>') ? [filled, principal] : filled };
  });
}

/** The whole stack. */
export function template() {
  const managed = Object.fromEntries(
    ROLES.map((role) => [
      `${role[0].toUpperCase()}${role.slice(1)}Policy`,
      {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          ManagedPolicyName: { 'Fn::Sub': `\${AWS::StackName}-${role}` },
          Description: `What the role ${role} may do in the lake of this stack`,
          PolicyDocument: stacked(role),
        },
      },
    ]),
  );
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'A Circle Take lake: bucket, key, bucket policy, and one policy per role to attach to permission sets or roles',
    Parameters: {
      BucketName: {
        Type: 'String',
        Description: 'The bucket to make',
        AllowedPattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
      },
      Prefix: {
        Type: 'String',
        Default: '',
        Description: 'What stands before every key of the lake: empty, or ending in a slash',
        AllowedPattern: '^([^/*?$]+/)*$',
      },
      NamedBy: {
        Type: 'String',
        Default: 'userid',
        AllowedValues: Object.keys(PINS),
        Description: 'How principals are named: userid for everything but Cognito identity pools',
      },
    },
    Conditions: { NamedByCognito: { 'Fn::Equals': [{ Ref: 'NamedBy' }, 'cognito'] } },
    Resources: {
      Key: {
        Type: 'AWS::KMS::Key',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: { Description: 'Encrypts the lake', EnableKeyRotation: true, KeyPolicy: stacked('key') },
      },
      Lake: {
        Type: 'AWS::S3::Bucket',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BucketName: { Ref: 'BucketName' },
          VersioningConfiguration: { Status: 'Enabled' },
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              {
                BucketKeyEnabled: true,
                ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] } },
              },
            ],
          },
          LifecycleConfiguration: {
            Rules: [
              {
                Id: 'uploads-left-behind',
                Status: 'Enabled',
                AbortIncompleteMultipartUpload: { DaysAfterInitiation: 14 },
              },
              {
                // Derived: whoever is new then reads the segments, and the next one is made of them.
                Id: 'snapshots-that-are-old',
                Status: 'Enabled',
                Prefix: { 'Fn::Sub': '${Prefix}snapshots/' },
                ExpirationInDays: 180,
                NoncurrentVersionExpiration: { NoncurrentDays: 7 },
              },
            ],
          },
        },
      },
      LakePolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: { Bucket: { Ref: 'Lake' }, PolicyDocument: stacked('bucket') },
      },
      ...managed,
    },
    Outputs: {
      Place: { Value: { 'Fn::Sub': 's3://${Lake}/${Prefix}' }, Description: 'What the desk is given' },
      ...Object.fromEntries(
        Object.keys(managed).map((name) => [name, { Value: { Ref: name } }]),
      ),
    },
  };
}

const written = (document) => `${JSON.stringify(document, null, 2)}\n`;

function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      check: { type: 'boolean' },
      bucket: { type: 'string' },
      prefix: { type: 'string', default: '' },
      region: { type: 'string' },
      account: { type: 'string' },
      partition: { type: 'string', default: 'aws' },
      key: { type: 'string' },
      principal: { type: 'string', default: 'userid' },
      out: { type: 'string' },
    },
  });
  const file = join(HERE, 'lake.template.json');
  if (positionals[0] === 'template') {
    const made = written(template());
    if (!values.check) return writeFileSync(file, made);
    if (readFileSync(file, 'utf8') !== made) throw new Error('lake.template.json is old: run installer/cloud/render.mjs template');
    return undefined;
  }
  const missing = ['bucket', 'region', 'account', 'key', 'out'].filter((name) => !values[name]);
  if (positionals[0] !== 'plain' || missing.length > 0) {
    throw new Error(`say template, or plain with ${missing.map((name) => `--${name}`).join(' ') || 'what it needs'}`);
  }
  if (!(values.principal in PINS)) throw new Error('--principal is userid or cognito');
  if (values.prefix !== '' && !/^([^/*?$]+\/)+$/.test(values.prefix)) throw new Error('--prefix ends in a slash');
  const filled = {
    'bucket-arn': `arn:${values.partition}:s3:::${values.bucket}`,
    'key-arn': values.key,
    prefix: values.prefix,
    region: values.region,
    account: values.account,
    partition: values.partition,
    principal: PINS[values.principal],
  };
  mkdirSync(values.out, { recursive: true });
  for (const name of [...ROLES, 'bucket', 'key']) {
    writeFileSync(join(values.out, `${name}.json`), written(plain(name, filled)));
  }
  return undefined;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    main();
  } catch (error) {
    console.error(`circletake: ${error.message}`);
    process.exit(1);
  }
}
