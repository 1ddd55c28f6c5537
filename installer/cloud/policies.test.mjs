// Who may do what in the lake, tried offline: @cloud-copilot/iam-simulate evaluates the policies of lake.template.json as IAM would.
// What it cannot evaluate is listed in README.md. It is a tool of the test and no part of the programs.
//
//   CIRCLETAKE_IAM=FOLDER node --test installer/cloud/policies.test.mjs      FOLDER holds node_modules with the evaluator
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { ROLES, plain } from './render.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const FOLDER = process.env.CIRCLETAKE_IAM;
assert.ok(FOLDER, 'CIRCLETAKE_IAM names no folder with the evaluator; installer/test installs it');
const found = createRequire(pathToFileURL(join(FOLDER, 'package.json'))).resolve('@cloud-copilot/iam-simulate');
const { runSimulation } = await import(pathToFileURL(found));

const ACCOUNT = '111122223333';
const BUCKET = 'arn:aws:s3:::studio-lake';
const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const PREFIX = 'first-light/';
const ANNA = 'AROAEDITOREXAMPLE:anna@example.org';
const BEN = 'AROAEDITOREXAMPLE:ben@example.org';
const IDENTITY = 'eu-west-1:12345678-90ab-cdef-1234-567890abcdef';

/** CloudFormation's part: fills in a template's references for one stack. */
function made(value, named) {
  const values = {
    'Lake.Arn': BUCKET, 'Key.Arn': KEY, Prefix: PREFIX,
    'AWS::Region': 'eu-west-1', 'AWS::AccountId': ACCOUNT, 'AWS::Partition': 'aws',
  };
  if (Array.isArray(value)) return value.map((each) => made(each, named));
  if (value === null || typeof value !== 'object') return value;
  if ('Fn::If' in value) return made(value['Fn::If'][named === 'cognito' ? 1 : 2], named);
  if ('Fn::Sub' in value) {
    const [text, own] = Array.isArray(value['Fn::Sub']) ? value['Fn::Sub'] : [value['Fn::Sub'], {}];
    const all = { ...values, ...made(own, named) };
    return text.replace(/\$\{([^!}][^}]*)\}/g, (whole, name) => {
      assert.ok(name in all, `${whole} stands for nothing`);
      return all[name];
    });
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, made(each, named)]));
}

const TEMPLATE = JSON.parse(readFileSync(join(HERE, 'lake.template.json'), 'utf8'));
/** The evaluator does not let S3 know Cognito's variable, as IAM does: another one stands for it here. */
const STANDS_FOR_COGNITO = 'aws:PrincipalTag/identity';
function documentOf(resource, named = 'userid') {
  const document = JSON.stringify(made(TEMPLATE.Resources[resource].Properties.PolicyDocument, named));
  const cognito = '${cognito-identity.amazonaws.com:sub}';
  if (resource !== 'LakePolicy') assert.equal(document.includes(cognito), named === 'cognito', resource);
  return JSON.parse(document.replaceAll(cognito, `\${${STANDS_FOR_COGNITO}}`));
}
const policyOf = (role) => `${role[0].toUpperCase()}${role.slice(1)}Policy`;

/** Whether `who` may: 'Allowed', 'ImplicitlyDenied' or 'ExplicitlyDenied'. */
async function may(role, action, key, context = {}, named = 'userid') {
  const principal = `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/anna@example.org`;
  const who = { 'aws:userid': ANNA, 'aws:SecureTransport': 'true' };
  if (named === 'cognito') {
    who['aws:userid'] = 'AROAEDITOREXAMPLE:CognitoIdentityCredentials';
    who[STANDS_FOR_COGNITO] = IDENTITY;
  }
  if (action.startsWith('s3:')) who['s3:TlsVersion'] = '1.3';
  const onKey = action.startsWith('kms:');
  const onQueue = action.startsWith('sqs:');
  const resource = onKey ? KEY : onQueue ? `arn:aws:sqs:eu-west-1:${ACCOUNT}:${key}` : key === undefined ? BUCKET : `${BUCKET}/${key.beside ?? PREFIX + key}`;
  const identity = role === 'administrator'
    ? { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
    : documentOf(policyOf(role), named);
  const answer = await runSimulation(
    {
      request: { principal, action, resource: { resource, accountId: ACCOUNT }, contextVariables: { ...who, ...context } },
      identityPolicies: [{ name: role, policy: identity }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: onQueue ? undefined : onKey ? made(TEMPLATE.Resources.Key.Properties.KeyPolicy, named) : documentOf('LakePolicy', named),
    },
    { simulationMode: 'Strict' },
  );
  assert.notEqual(answer.resultType, 'error', JSON.stringify(answer.errors));
  // A condition that the evaluator left out would make a test say nothing.
  const result = answer.result ?? answer.results[0];
  assert.deepEqual(result.ignoredContextKeys ?? [], [], `${action} ${key}: context that was not looked at`);
  return answer.overallResult;
}

const CREATE = { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' };
const REPLACE = { 's3:ObjectCreationOperation': 'true' };
const PART = { 's3:ObjectCreationOperation': 'false' };
/** A key beside the lake, in the same bucket. */
const beside = (key) => ({ beside: key });
const segment = (who) => `ledger/v1/${who}/w1/000000000001.jsonl.zst`;
const approval = (who) => `approvals/v1/${who}/w1/000000000001.jsonl.zst`;
const snapshot = (who) => `snapshots/v1/${who}/13-000000010000-0f.sqlite.zst`;
const head = (who) => `heads/v1/${who}/w1`;

async function allowed(role, action, key, context, named) {
  assert.equal(await may(role, action, key, context, named), 'Allowed', `${role} ${action} ${key}`);
}
async function denied(role, action, key, context, named) {
  assert.notEqual(await may(role, action, key, context, named), 'Allowed', `${role} ${action} ${key}`);
}

test('the template is what the policies make, and both ways of rendering agree', () => {
  execFileSync(process.execPath, [join(HERE, 'render.mjs'), 'template', '--check']);
  const values = {
    'bucket-arn': BUCKET, 'key-arn': KEY, prefix: PREFIX, region: 'eu-west-1', account: ACCOUNT, partition: 'aws',
    principal: '${aws:userid}',
  };
  for (const role of ROLES) assert.deepEqual(plain(role, values), documentOf(policyOf(role)));
  assert.deepEqual(plain('bucket', values), documentOf('LakePolicy'));
  // A managed policy holds at most 6144 characters, a bucket policy 20 480 bytes.
  for (const role of ROLES) assert.ok(JSON.stringify(plain(role, values)).length < 6144, role);
  assert.ok(JSON.stringify(plain('bucket', values)).length < 20_480);
});

for (const role of ROLES) {
  test(`${role}: reads the lake and sees it by its prefixes`, async () => {
    for (const key of ['raw/a/film.mov', 'proxy/a/5e.mp4', segment(BEN), head(BEN), approval(BEN), 'ai/a/7.json.zst']) {
      await allowed(role, 's3:GetObject', key);
    }
    for (const prefix of ['heads/v1/', 'ledger/v1/', `ledger/v1/${BEN}/w1/`, 'ai/', 'raw/']) {
      await allowed(role, 's3:ListBucket', undefined, { 's3:prefix': `${PREFIX}${prefix}` });
    }
    await allowed(role, 'kms:Decrypt', '', { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' });
    await allowed(role, 'kms:GenerateDataKey', '', { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' });
    // Not the bucket as a whole, nothing beside the lake, and the key through S3 alone.
    await denied(role, 's3:ListBucket', undefined);
    // Who takes in sees what others put beside Circle Take's own; nobody sees what lies beside the lake.
    const whole = ['editor', 'worker'].includes(role) ? allowed : denied;
    await whole(role, 's3:ListBucket', undefined, { 's3:prefix': PREFIX });
    for (const prefix of ['', 'second-light/heads/v1/', '../']) {
      await denied(role, 's3:ListBucket', undefined, { 's3:prefix': prefix });
    }
    await denied(role, 's3:GetObject', beside('second-light/raw/a/film.mov'));
    await denied(role, 's3:PutObject', beside(`second-light/${segment(ANNA)}`), CREATE);
    await denied(role, 'kms:Decrypt', '', { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' });
    await denied(role, 'kms:Decrypt', '');
    await denied(role, 's3:ListBucketVersions', undefined);
  });

  test(`${role}: writes the ledger in their own name, once, and takes nothing away`, async () => {
    await allowed(role, 's3:PutObject', segment(ANNA), CREATE);
    await allowed(role, 's3:PutObject', segment(ANNA), PART);
    await denied(role, 's3:PutObject', segment(ANNA), REPLACE);
    await allowed(role, 's3:PutObject', head(ANNA), REPLACE);
    for (const name of [BEN, 'anna@example.org', `${ANNA}x`, 'AROAPRODUCEREXAMPLE:anna@example.org']) {
      await denied(role, 's3:PutObject', segment(name), CREATE);
      await denied(role, 's3:PutObject', segment(name), PART);
      await denied(role, 's3:PutObject', head(name), REPLACE);
    }
    for (const key of [segment(ANNA), head(ANNA), 'raw/a/film.mov', 'proxy/a/5e.mp4']) {
      for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObjectAcl', 's3:BypassGovernanceRetention']) {
        await denied(role, action, key);
      }
    }
    for (const action of ['s3:PutBucketPolicy', 's3:DeleteBucket', 's3:PutLifecycleConfiguration', 's3:PutBucketVersioning']) {
      await denied(role, action);
    }
    await denied(role, 's3:PutObject', 'elsewhere/a', CREATE);
  });

  test(`${role}: ${role === 'producer' ? 'approves in their own name' : 'approves nothing'}`, async () => {
    const tried = role === 'producer' ? allowed : denied;
    await tried(role, 's3:PutObject', approval(ANNA), CREATE);
    await denied(role, 's3:PutObject', approval(ANNA), REPLACE);
    await denied(role, 's3:PutObject', approval(BEN), CREATE);
  });
}

test('media: who takes in may, once for originals; who does not, may not', async () => {
  for (const role of ['editor', 'worker']) {
    await allowed(role, 's3:PutObject', 'raw/a/film.mov', CREATE);
    await allowed(role, 's3:PutObject', 'raw/a/film.mov', PART);
    await denied(role, 's3:PutObject', 'raw/a/film.mov', REPLACE);
    await allowed(role, 's3:PutObject', 'proxy/a/5e.mp4', REPLACE);
    await allowed(role, 's3:PutObject', 'ai/a/7.json.zst', CREATE);
    await allowed(role, 's3:PutObject', snapshot(ANNA), CREATE);
    await allowed(role, 's3:PutObject', snapshot(ANNA), PART);
    await denied(role, 's3:PutObject', snapshot(ANNA), REPLACE);
    for (const name of [BEN, 'anna@example.org', `${ANNA}x`]) await denied(role, 's3:PutObject', snapshot(name), CREATE);
    await denied(role, 's3:PutObject', 'snapshots/v1/s.sqlite.zst', CREATE);
    await denied(role, 's3:DeleteObject', snapshot(ANNA));
  }
  for (const role of ['qc', 'producer']) {
    await denied(role, 's3:PutObject', 'raw/a/film.mov', CREATE);
    await denied(role, 's3:PutObject', 'proxy/a/5e.mp4', REPLACE);
    await allowed(role, 's3:PutObject', 'renditions/a/report/r.pdf', CREATE);
    await denied(role, 's3:PutObject', snapshot(ANNA), CREATE);
    await allowed(role, 's3:GetObject', snapshot(BEN));
    await allowed(role, 's3:ListBucket', undefined, { 's3:prefix': `${PREFIX}snapshots/v1/` });
  }
  await allowed('qc', 's3:PutObject', 'ai/a/7.json.zst', CREATE);
  await denied('producer', 's3:PutObject', 'ai/a/7.json.zst', CREATE);
});

test('what others put into the lake: who takes in hears of it and claims it once', async () => {
  const claim = 'claims/v1/0f/000001';
  for (const role of ['editor', 'worker']) {
    for (const action of ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes']) {
      await allowed(role, `sqs:${action}`, 'circletake-first-light');
      await denied(role, `sqs:${action}`, 'payroll');
    }
    for (const action of ['SendMessage', 'PurgeQueue', 'SetQueueAttributes', 'DeleteQueue']) {
      await denied(role, `sqs:${action}`, 'circletake-first-light');
    }
    await allowed(role, 's3:GetObject', 'incoming/A001.mov');
    await denied(role, 's3:PutObject', 'incoming/A001.mov', CREATE);
    await allowed(role, 's3:PutObject', claim, CREATE);
    await denied(role, 's3:PutObject', claim, REPLACE);
    await denied(role, 's3:DeleteObject', claim);
    await allowed(role, 's3:ListBucket', undefined, { 's3:prefix': `${PREFIX}claims/v1/0f/` });
  }
  for (const role of ['qc', 'producer']) {
    await denied(role, 'sqs:ReceiveMessage', 'circletake-first-light');
    await denied(role, 's3:PutObject', claim, CREATE);
  }
});

test('the bucket says no to everybody, whatever else they are allowed', async () => {
  const who = 'administrator';
  await allowed(who, 's3:PutObject', 'proxy/a/5e.mp4', REPLACE);
  for (const key of ['raw/a/film.mov', segment(BEN), approval(BEN), snapshot(BEN), 'claims/v1/0f/taken']) {
    assert.equal(await may(who, 's3:PutObject', key, REPLACE), 'ExplicitlyDenied', key);
    await allowed(who, 's3:PutObject', key, CREATE);
  }
  for (const key of ['raw/a/film.mov', segment(BEN), approval(BEN), head(BEN)]) {
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion']) {
      assert.equal(await may(who, action, key), 'ExplicitlyDenied', `${action} ${key}`);
    }
  }
  for (const [context, why] of [
    [{ 'aws:SecureTransport': 'false' }, 'plain HTTP'],
    [{ 's3:TlsVersion': '1.1' }, 'an old TLS'],
  ]) {
    for (const action of ['s3:GetObject', 's3:PutObject']) {
      assert.equal(await may(who, action, 'proxy/a/5e.mp4', context), 'ExplicitlyDenied', why);
    }
    assert.equal(await may(who, 's3:ListBucket', undefined, context), 'ExplicitlyDenied', why);
  }
  for (const [context, why] of [
    [{ 's3:x-amz-server-side-encryption': 'AES256' }, 'another encryption'],
    [{ 's3:x-amz-server-side-encryption-aws-kms-key-id': KEY.replace('1111', '9999') }, 'another key'],
    [{ 's3:x-amz-server-side-encryption-customer-algorithm': 'AES256' }, 'a key of their own'],
  ]) {
    assert.equal(await may(who, 's3:PutObject', 'proxy/a/5e.mp4', { ...CREATE, ...context }), 'ExplicitlyDenied', why);
  }
  const ours = { 's3:x-amz-server-side-encryption': 'aws:kms', 's3:x-amz-server-side-encryption-aws-kms-key-id': KEY };
  await allowed(who, 's3:PutObject', 'proxy/a/5e.mp4', { ...CREATE, ...ours });
  assert.equal(await may(who, 's3:PutObjectAcl', 'proxy/a/5e.mp4'), 'ExplicitlyDenied');
});

test('through Cognito a person is the identity, not the session that all share', async () => {
  const shared = 'AROAEDITOREXAMPLE:CognitoIdentityCredentials';
  await allowed('editor', 's3:PutObject', segment(IDENTITY), CREATE, 'cognito');
  await allowed('editor', 's3:PutObject', head(IDENTITY), REPLACE, 'cognito');
  for (const name of [shared, ANNA, 'eu-west-1:another']) {
    await denied('editor', 's3:PutObject', segment(name), CREATE, 'cognito');
  }
  await allowed('producer', 's3:PutObject', approval(IDENTITY), CREATE, 'cognito');
  await denied('editor', 's3:PutObject', approval(IDENTITY), CREATE, 'cognito');
});
